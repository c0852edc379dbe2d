"""Pages are live: what changes elsewhere is on them soon, and does not disturb their readers."""

import time
from itertools import count
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Visitor
from tests.support.browser_changes import changing, quantities, stocked
from tests.support.browser_shops import batch, line
from tests.support.browser_sites import Site
from tests.support.databases import SQLite
from tests.support.serving import starting
from tests.support.waiting import wait_until

numbers: Final = count(1)

AWAIT_TEXT: Final = """([selector, text]) => {
  window.arrival = new Promise((resolve) => {
    const look = () => {
      if (document.querySelector(selector).textContent === text) resolve(Date.now());
    };
    const everything = { subtree: true, childList: true, characterData: true };
    new MutationObserver(look).observe(document.body, everything);
  });
}"""
"""Begins to wait until a part of the page has a text; `arrival` is the time of that."""

IN_STOCK: Final = "#figure-1"


def new_product(site: Site) -> tuple[str, str]:
    """A product with a batch of 1,000 units; its sku and the batch's reference."""
    sku = f"SKU-{next(numbers)}-OF-LIVE-PAGES"
    stocked(site, sku, f"REF-{sku}")
    return sku, f"REF-{sku}"


def live_page(visit: Visitor, site: Site, path: str) -> Page:
    """A page that follows the changes."""
    tab = visit(site).page(path)
    expect(tab.locator("#live")).to_have_text("Live")
    return tab


def test_a_change_is_on_the_page_within_a_second(visit: Visitor, any_site: Site) -> None:
    sku, ref = new_product(any_site)
    tab = live_page(visit, any_site, f"/board/stock/{sku}")
    amounts = count(11)

    def delay() -> float:
        qty = next(amounts)
        tab.evaluate(AWAIT_TEXT, [IN_STOCK, str(qty)])
        any_site.send({"type": "BatchQuantityChanged", "ref": ref, "qty": qty})
        sent_at = time.time()
        arrival: float = tab.evaluate("window.arrival")
        return arrival / 1000 - sent_at

    # A page that has just changed holds a change back for most of the second, so that nothing is
    # left for a machine that is busy: it is measured again when that is over.
    wait_until(lambda: median(delay() for _ in range(5)) < 1, "five changes come within a second")


def test_focus_text_scroll_and_open_parts_survive_a_thousand_changes(
    visit: Visitor, any_site: Site
) -> None:
    sku, ref = new_product(any_site)
    any_site.send(*(line(f"{sku}-{number}", sku) for number in range(60)))
    tab = live_page(visit, any_site, f"/board/stock/{sku}")
    tab.get_by_text("As a table").click()
    tab.get_by_text("Add a batch", exact=True).click()
    field = tab.locator("#add-batch").get_by_label("Reference")
    field.click()
    tab.evaluate("scrollTo(0, 120)")
    scroll = tab.evaluate("scrollY")
    text = "typed while a thousand changes happen "

    with changing(any_site, quantities(ref, 1_000)) as finish:
        for end, letter in enumerate(text, 1):
            tab.keyboard.type(letter, delay=40)
            assert field.input_value() == text[:end]
        finish()
    expect(tab.locator(IN_STOCK)).to_have_text("2\N{NARROW NO-BREAK SPACE}000")

    tab.keyboard.type("!")
    expect(field).to_be_focused()
    expect(field).to_have_value(f"{text}!")
    assert tab.evaluate("scrollY") == scroll
    assert tab.locator("#as-table").get_attribute("open") is not None
    assert tab.locator("#add-batch").get_attribute("open") is not None


@pytest.mark.parametrize("change", ["added", "removed"])
def test_a_click_hits_what_was_under_the_pointer(
    visit: Visitor, sqlite_site: Site, change: str
) -> None:
    sku, _ = new_product(sqlite_site)
    sqlite_site.send(*(line(f"{sku}-{number}", sku, 1_000) for number in range(6)))
    tab = live_page(visit, sqlite_site, f"/board/stock/{sku}")
    target = tab.locator("#queue a").nth(3)
    target.hover()
    orderid = target.inner_text()
    before = tab.locator(IN_STOCK).inner_text()

    if change == "removed":  # the first two lines no longer wait
        sqlite_site.send(batch(f"MORE-{sku}", sku, 2_000))
    else:
        sqlite_site.send({"type": "OrderCancelled", "orderid": f"{sku}-0"})
        sqlite_site.send(batch(f"FEW-{sku}", sku, 1), line(f"{sku}-9", sku, 1_000))
    expect(tab.locator(IN_STOCK)).not_to_have_text(before)
    expect(tab.locator("#live")).to_have_text("Live, new rows wait")
    tab.mouse.down()
    tab.mouse.up()

    expect(tab).to_have_url(f"{sqlite_site.address}/board/orders/{orderid}")


def test_rows_come_in_when_the_pointer_is_elsewhere(visit: Visitor, sqlite_site: Site) -> None:
    sku, _ = new_product(sqlite_site)
    tab = live_page(visit, sqlite_site, f"/board/stock?sku_prefix={sku[:-1]}")
    link = tab.get_by_role("link", name=sku, exact=True)
    link.hover()
    place = link.bounding_box()

    stocked(sqlite_site, f"{sku[:-1]}-EARLIER", f"EARLIER-{sku}")
    expect(tab.locator("#live")).to_have_text("Live, new rows wait")
    assert link.bounding_box() == place
    tab.mouse.move(0, 0)

    expect(tab.get_by_role("link", name=f"{sku[:-1]}-EARLIER")).to_be_visible()
    expect(tab.locator("#live")).to_have_text("Live")


def opens_a_stream(request: Request) -> bool:
    """Whether a request is for the stream of changes."""
    return urlsplit(request.url).path == "/board/changes"


def test_all_tabs_of_a_browser_share_one_stream(visit: Visitor, any_site: Site) -> None:
    sku, ref = new_product(any_site)
    visitor = visit(any_site)
    with visitor.context.expect_event("request", opens_a_stream):
        tabs = [visitor.page(f"/board/stock/{sku}")]
    tabs += [visitor.page(f"/board/stock/{sku}") for _ in range(7)]
    for tab in tabs:
        expect(tab.locator("#live")).to_have_text("Live")

    assert visitor.requests.count("/board/changes") == 1
    with visitor.context.expect_event("request", opens_a_stream):
        tabs[0].close()  # has the stream, which another tab takes over
    any_site.send({"type": "BatchQuantityChanged", "ref": ref, "qty": 5})
    for tab in tabs[1:]:
        tab.bring_to_front()
        expect(tab.locator(IN_STOCK)).to_have_text("5")
    assert visitor.requests.count("/board/changes") == 2


def test_a_page_says_when_it_is_not_live_and_recovers(
    visit: Visitor, sqlite: SQLite, tmp_path: Path
) -> None:
    url = sqlite.migrated(tmp_path)
    with starting(url, tmp_path) as server:
        site = Site(server.address, server.address)
        stocked(site, "OAK-DESK", "STOCK-1")
        tab = visit(site, but=("net::ERR", "ERR_INCOMPLETE")).page("/board/stock/OAK-DESK")
        expect(tab.locator("#live")).to_have_text("Live")
        server.terminate()
        expect(tab.locator("#live")).to_contain_text("Not live, last updated")
    port = int(site.address.rpartition(":")[2])
    with starting(url, tmp_path, port=port) as server:
        assert server.address == site.address
        expect(tab.locator("#live")).to_have_text("Live")
        stocked(site, "OAK-DESK", "STOCK-2", 17)
        expect(tab.locator(IN_STOCK)).to_have_text("1\N{NARROW NO-BREAK SPACE}017")
        tab.close()
