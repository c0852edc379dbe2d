"""Names of the greatest length are shown whole, and do not widen a page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.support.browser_shops import batch, line
from tests.support.browser_sites import Site, open_site
from tests.support.browser_visits import PHONE
from tests.support.databases import SQLite

SKU, REF, ORDER = "S" * 255, "R" * 200, "O" * 255
PART = f"{REF}-a"


@pytest.fixture(scope="module")
def site(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A shop with one of everything, of which a part has arrived."""
    folder = tmp_path_factory.mktemp("long-names")
    received = {"type": "BatchPartiallyReceived", "ref": REF, "new_ref": PART, "qty": 10}
    messages = [batch(REF, SKU, 50, 14), received, line(ORDER, SKU, 4)]
    with open_site(sqlite.migrated(folder), folder, messages) as site:
        yield site


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        (f"batches/{PART}", PART),
        (f"stock/{SKU}", SKU),
        (f"orders/{ORDER}", ORDER),
        (f"orders/{ORDER}?sku={SKU}", SKU),
    ],
    ids=["batch", "product", "order", "line"],
)
def test_a_page_of_something_with_a_long_name_fits_a_phone(
    visit: Visitor, site: Site, path: str, heading: str
) -> None:
    tab = visit(site, size=PHONE).page(f"/board/{path}")

    expect(tab.get_by_role("heading", level=1)).to_have_text(heading)
    assert tab.locator("html").evaluate("root => root.scrollWidth") <= PHONE[0]
