"""Each action: with the pointer, with the keyboard only, and without script."""

import re
from collections.abc import Mapping
from datetime import timedelta
from itertools import count
from typing import Final, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.support.browser_hands import Hand, Keyboard, Pointer
from tests.support.browser_shops import batch, line, today
from tests.support.browser_sites import Site

LATER: Final = str(today() + timedelta(20))

numbers: Final = count(1)


class BatchAction(NamedTuple):
    """What can be done to a batch of 20 units, of which 12 are promised.

    Attributes:
        button: the button that asks for the preview.
        confirmation: the button of the preview, in which REF stands for the batch.
        fields: what is filled in, by the labels.
        note: what the page says that it has done.
        setting: a message that comes first.
        days: the days until the batch arrives, if it is not in the warehouse.
    """

    button: str
    confirmation: str
    note: str
    fields: Mapping[str, str] = {}
    setting: str | None = None
    days: int | None = None


BATCH_ACTIONS: Final = {
    "set-quantity": BatchAction(
        "Preview the quantity",
        "Set to 6 units",
        "Batch quantity changed: REF: 6 units",
        {"Units in all": "6", "Reason": "leak"},
    ),
    "set-eta": BatchAction(
        "Preview the date",
        "Move to ",
        f"Batch eta changed: REF: {LATER}",
        {"Arrives on": LATER},
        days=9,
    ),
    "receive-part": BatchAction(
        "Preview the receipt of a part",
        "Receive 5 units",
        "Batch partially received: REF: 5 units as REF-a",
        {"Units that have arrived": "5"},
        days=9,
    ),
    "receive": BatchAction(
        "All has arrived…", "Mark as arrived", "Batch eta changed: REF: in stock", days=9
    ),
    "block": BatchAction("Block…", "Block batch REF", "Batch blocked: REF"),
    "unblock": BatchAction(
        "Unblock…", "Unblock batch REF", "Batch unblocked: REF", setting="BatchBlocked"
    ),
    "cancel": BatchAction("Cancel the batch…", "Cancel batch REF", "Batch cancelled: REF"),
}

HANDS: Final = {"pointer": Pointer(), "keyboard": Keyboard()}

in_every_way = pytest.mark.parametrize(
    ("hand", "has_script"),
    [(HANDS["pointer"], True), (HANDS["keyboard"], True), (HANDS["keyboard"], False)],
    ids=["pointer", "keyboard", "no-script"],
)


def new_product(site: Site, days: int | None = None) -> str:
    """A product with a batch of 20 units, of which three lines are promised 12; its sku."""
    sku = f"SKU-{next(numbers)}-OF-ACTIONS"
    lines = (line(f"{sku}-{number}", sku, 4) for number in range(3))
    site.send(batch(f"REF-{sku}", sku, 20, days), *lines)
    return sku


@in_every_way
@pytest.mark.parametrize("action", BATCH_ACTIONS.values(), ids=BATCH_ACTIONS.keys())
def test_a_batch_is_changed_after_a_preview(
    visit: Visitor, sqlite_site: Site, action: BatchAction, hand: Hand, has_script: bool
) -> None:
    sku = new_product(sqlite_site, action.days)
    ref = f"REF-{sku}"
    if action.setting:
        sqlite_site.send({"type": action.setting, "ref": ref})
    tab = visit(sqlite_site, has_script=has_script).page(f"/board/stock/{sku}")

    hand.press(tab.get_by_role("link", name=f"Change {ref}"))
    button = tab.get_by_role("button", name=action.button, exact=True)
    form = tab.locator("form").filter(has=button)
    for label, text in action.fields.items():
        hand.fill(form.get_by_label(label), text)
    hand.press(button)
    expect(tab.get_by_text("Nothing has happened yet")).to_be_visible()
    hand.press(tab.get_by_role("button", name=action.confirmation.replace("REF", ref)))

    expect(tab).to_have_url(f"{sqlite_site.address}/board/stock/{sku}?done={key_in(tab)}")
    expect(tab.locator("#done")).to_contain_text(action.note.replace("REF", ref))


def key_in(tab: Page) -> str:
    """The id of the message that the page says to have been handled."""
    link = tab.get_by_role("link", name="See what followed").get_attribute("href") or ""
    return link.rpartition("/")[2]


@in_every_way
def test_a_batch_is_added_after_a_preview(
    visit: Visitor, sqlite_site: Site, hand: Hand, has_script: bool
) -> None:
    sku = new_product(sqlite_site)
    tab = visit(sqlite_site, has_script=has_script).page(f"/board/stock/{sku}")

    hand.press(tab.get_by_text("Add a batch", exact=True))
    form = tab.locator("#add-batch")
    hand.fill(form.get_by_label("Reference"), f"NEW-{sku}")
    hand.fill(form.get_by_label("Units"), "8")
    hand.fill(form.get_by_label("Arrives on"), LATER)
    hand.press(form.get_by_role("button", name="Preview…"))
    hand.press(tab.get_by_role("button", name="Add 8 units"))

    expect(tab.locator("#done")).to_contain_text(f"Batch created: NEW-{sku}, 8 units of {sku}")
    expect(tab.get_by_role("link", name=f"Change NEW-{sku}")).to_be_visible()


@in_every_way
def test_a_preview_changes_nothing_if_its_reader_does_nothing(
    visit: Visitor, sqlite_site: Site, hand: Hand, has_script: bool
) -> None:
    sku = new_product(sqlite_site)
    tab = visit(sqlite_site, has_script=has_script).page(f"/board/stock/{sku}")
    figures = tab.locator("#figures")
    before = figures.inner_text()

    hand.press(tab.get_by_role("link", name=f"Change REF-{sku}"))
    hand.press(tab.get_by_role("button", name="Cancel the batch…"))
    expect(tab.get_by_text("3 order lines")).to_be_visible()
    hand.press(tab.get_by_role("link", name="Do nothing"))

    expect(tab.get_by_text("Nothing has happened yet")).to_be_hidden()
    expect(figures).to_be_visible()
    tab.reload()
    expect(figures).to_have_text(before, use_inner_text=True)
    expect(tab.locator("#done")).to_have_count(0)


@in_every_way
def test_a_refused_change_says_why_and_changes_nothing(
    visit: Visitor, sqlite_site: Site, hand: Hand, has_script: bool
) -> None:
    sku = new_product(sqlite_site)
    tab = visit(sqlite_site, has_script=has_script).page(f"/board/stock/{sku}")

    hand.press(tab.get_by_role("link", name=f"Change REF-{sku}"))
    hand.fill(tab.get_by_label("Units in all"), "many")
    hand.press(tab.get_by_role("button", name="Preview the quantity"))

    expect(tab.get_by_role("alert")).to_contain_text("qty 'many' is not a whole number")
    hand.press(tab.get_by_role("link", name="Go back"))
    expect(tab.get_by_role("alert")).to_be_hidden()


@pytest.mark.parametrize("verb", ["Do nothing", "Cancel batch"])
def test_a_preview_has_its_focus_on_doing_nothing_if_somebody_loses(
    visit: Visitor, sqlite_site: Site, verb: str
) -> None:
    sku = new_product(sqlite_site)
    if verb == "Cancel batch":  # nobody loses
        sqlite_site.send(batch(f"SPARE-{sku}", sku, 20))
    tab = visit(sqlite_site).page(f"/board/stock/{sku}")

    tab.get_by_role("link", name=f"Change REF-{sku}").click()
    tab.get_by_role("button", name="Cancel the batch…").click()

    expect(tab.locator("dialog :focus")).to_contain_text(verb)


def test_escape_closes_a_preview_and_gives_the_focus_back(
    visit: Visitor, sqlite_site: Site
) -> None:
    sku = new_product(sqlite_site)
    tab = visit(sqlite_site).page(f"/board/stock/{sku}")
    opener = tab.get_by_role("link", name=f"Change REF-{sku}")

    Keyboard().press(opener)
    expect(tab.locator("dialog")).to_be_visible()
    tab.keyboard.press("Escape")

    expect(tab.locator("dialog")).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_slash_leads_to_the_search(visit: Visitor, sqlite_site: Site) -> None:
    tab = visit(sqlite_site).page("/board/stock")

    tab.keyboard.press("/")

    expect(tab.get_by_role("searchbox")).to_be_focused()


@in_every_way
def test_products_are_filtered_by_the_beginning_of_their_sku(
    visit: Visitor, sqlite_site: Site, hand: Hand, has_script: bool
) -> None:
    tab = visit(sqlite_site, has_script=has_script).page("/board/stock")

    hand.fill(tab.get_by_label("Sku begins with"), "BRASS")
    hand.press(tab.get_by_role("button", name="Show", exact=True))

    expect(tab).to_have_url(re.compile("sku_prefix=BRASS"))
    expect(tab.get_by_role("link", name="BRASS-LAMP")).to_be_visible()
    expect(tab.get_by_role("link", name="OAK-DESK")).to_be_hidden()


def test_what_was_typed_survives_a_refusal(visit: Visitor, sqlite_site: Site) -> None:
    sku = new_product(sqlite_site)
    tab = visit(sqlite_site, has_script=True).page(f"/board/stock/{sku}")
    tab.get_by_role("link", name=f"Change REF-{sku}").click()
    tab.get_by_label("Units in all").fill("a few")
    tab.get_by_role("button", name="Preview the quantity").click()

    tab.get_by_role("link", name="Go back").click()

    expect(tab.get_by_label("Units in all")).to_have_value("a few")
