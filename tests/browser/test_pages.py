"""Every page, at every width, in both schemes, and with and without script."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.support.browser_pages import EMPTY_PAGES, PAGES, BoardPage
from tests.support.browser_sites import Site
from tests.support.browser_visits import DESKTOP, PHONE

sizes = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
empty_pages = pytest.mark.parametrize("page", EMPTY_PAGES, ids=lambda page: page.name)


def width_of(tab: Page) -> int:
    """The width that the page would need to be shown without scrolling."""
    width: int = tab.locator("html").evaluate("root => root.scrollWidth")
    return width


@pages
@sizes
@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_a_page_fits_its_window(
    visit: Visitor, sqlite_site: Site, page: BoardPage, size: tuple[int, int], has_script: bool
) -> None:
    tab = visit(sqlite_site, size=size, has_script=has_script).page(page.path)

    expect(tab.get_by_role("heading", level=1)).to_contain_text(page.heading)
    assert width_of(tab) <= size[0]


@pages
def test_a_page_is_the_same_on_postgresql(
    visit: Visitor, postgresql_site: Site, page: BoardPage
) -> None:
    tab = visit(postgresql_site).page(page.path)

    expect(tab.get_by_role("heading", level=1)).to_contain_text(page.heading)


@empty_pages
@sizes
def test_a_page_of_an_empty_shop_says_what_to_do_next(
    visit: Visitor, empty_site: Site, page: BoardPage, size: tuple[int, int]
) -> None:
    tab = visit(empty_site, size=size).page(page.path)

    expect(tab.get_by_role("heading", level=1)).to_contain_text(page.heading)
    expect(tab.locator("main").locator("a, button").first).to_be_visible()
    assert width_of(tab) <= size[0]
