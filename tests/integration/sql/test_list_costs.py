"""A page of a list looks at no more entries where there are more of them."""

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines, products
from allocation.views import LISTS, Page
from allocation.views.lists.listing import SearchLimits
from allocation.views.lists.views import ListViews
from tests.support.crowded_database import batch, fill, line, product
from tests.support.listed_stock import TODAY

SEARCH = SearchLimits(100, 1_000)
ORDERS, LINES = 30, 100


def test_a_page_of_large_orders_ends_after_so_many_lines(database: Database) -> None:
    lines = (line("LAMP", number, "b1") for number in range(ORDERS * LINES))
    rows = [
        {**row, "orderid": f"o{number // LINES:03}", "line": str(number)}
        for number, row in enumerate(lines)
    ]
    stock = {products: [product("LAMP", 1)], batches: [batch("b1", "LAMP", 10**6, len(rows))]}
    fill(database, {**stock, order_lines: rows})

    pages = pages_of(database, "orders", limit=ORDERS)

    assert [len(page.rows) for page in pages] == [10, 10, 10, 0]


def pages_of(
    database: Database, name: str, filters: dict[str, str] | None = None, *, limit: int
) -> list[Page[object]]:
    """All pages of a list."""
    listing = next(each for each in LISTS if each.name == name)
    views, pages, after = ListViews(database, SEARCH), list[Page[object]](), None
    while not pages or after is not None:
        page = views.page(listing, TODAY, filters, limit=limit, after=after)
        after = None if page.next_after is None else str(page.next_after)
        pages.append(page)
    return pages
