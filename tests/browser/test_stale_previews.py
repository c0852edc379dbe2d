"""A preview acts only if it still comes to what its reader has seen."""

from itertools import count
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.support.browser_shops import batch, line
from tests.support.browser_sites import Site

numbers: Final = count(1)


def preview_of_six_units(visit: Visitor, site: Site, *, has_script: bool) -> tuple[Page, str]:
    """The preview of a smaller batch, which one of three lines loses; and the product's sku."""
    sku = f"SKU-{next(numbers)}-OF-PREVIEWS"
    site.send(batch(f"REF-{sku}", sku, 12), *(line(f"{sku}-{n}", sku, 3) for n in range(3)))
    tab = visit(site, has_script=has_script).page(f"/board/stock/{sku}")
    tab.get_by_role("link", name=f"Change REF-{sku}").click()
    tab.get_by_label("Units in all").fill("6")
    tab.get_by_role("button", name="Preview the quantity").click()
    expect(tab.get_by_text("1 order line loses its date")).to_be_visible()
    return tab, sku


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_a_preview_is_shown_anew_if_it_would_come_to_something_else(
    visit: Visitor, any_site: Site, has_script: bool
) -> None:
    tab, sku = preview_of_six_units(visit, any_site, has_script=has_script)
    any_site.send(line(f"{sku}-late", sku, 3))

    tab.get_by_role("button", name="Set to 6 units").click()

    expect(tab.get_by_role("alert")).to_contain_text("The stock has changed since you looked")
    expect(tab.get_by_text("2 order lines lose their dates")).to_be_visible()
    other = tab.context.new_page()
    other.goto(f"/board/stock/{sku}")
    expect(other.locator("#figure-1")).to_have_text("12")
    tab.get_by_role("button", name="Set to 6 units").click()
    expect(tab.locator("#done")).to_be_visible()
    other.reload()
    expect(other.locator("#figure-1")).to_have_text("6")


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_a_preview_acts_if_it_still_comes_to_the_same(
    visit: Visitor, any_site: Site, has_script: bool
) -> None:
    tab, sku = preview_of_six_units(visit, any_site, has_script=has_script)
    any_site.send(batch(f"OTHER-{sku}", sku, 1), line(f"{sku}-tiny", sku, 1))

    tab.get_by_role("button", name="Set to 6 units").click()

    expect(tab.locator("#done")).to_contain_text(f"REF-{sku}: 6 units")
