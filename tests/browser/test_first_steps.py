"""The first steps of an empty shop lead to a shop that one can try."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.support.browser_sites import Site, open_site
from tests.support.databases import SQLite


@pytest.fixture
def new_site(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site where nothing has happened yet."""
    folder = tmp_path_factory.mktemp("new-site")
    with open_site(sqlite.migrated(folder), folder) as site:
        yield site


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_the_example_shop_is_loaded(visit: Visitor, new_site: Site, has_script: bool) -> None:
    tab = visit(new_site, has_script=has_script).page("/")

    tab.get_by_role("button", name="Load the example shop").click()

    expect(tab.get_by_role("heading", name="What needs attention")).to_be_visible()
    tab.goto("/board/stock")
    expect(tab.get_by_role("link", name="EX-").first).to_be_visible()


def test_the_first_steps_become_the_board_when_something_happens(
    visit: Visitor, new_site: Site
) -> None:
    tab = visit(new_site).page("/")
    expect(tab.locator("#live")).to_have_text("Live")

    new_site.send({"type": "BatchCreated", "ref": "b1", "sku": "LAMP", "qty": 9})

    expect(tab.get_by_role("heading", name="The last hour")).to_be_visible()
