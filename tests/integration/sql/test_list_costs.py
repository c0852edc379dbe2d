"""A page of a list looks at no more entries where there are more of them."""

from datetime import date, timedelta
from typing import Any

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines, products
from allocation.views import LISTS, Page
from allocation.views.lists.listing import SearchLimits
from allocation.views.lists.views import ListViews
from tests.support.crowded_database import batch, fill, line, product
from tests.support.listed_stock import TODAY
from tests.support.plans import effort
from tests.support.spies import overheard

SEARCH = SearchLimits(100, 1_000)
ORDERS, LINES = 30, 100
SOON = TODAY + timedelta(days=5)


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


def crowded(database: Database, lines: int, eta: date | None, due: date | None) -> None:
    """A batch with so many lines, of which the last one alone is promised for long ago."""
    ref = {**batch("b1", "LAMP", 10**6, lines), "eta": eta, "initial_eta": eta}
    rows = [{**line("LAMP", number + 1, "b1"), "due": due} for number in range(lines)]
    rows[-1]["first_promised"] = TODAY - timedelta(days=9)
    rows = [{"first_promised": TODAY, **row} for row in rows]
    fill(database, {products: [product("LAMP", 1)], batches: [ref], order_lines: rows})


@pytest.mark.parametrize("lines", [2_000, 6_000])
def test_a_page_of_late_lines_costs_the_same_on_a_crowded_shipment(
    database: Database, lines: int
) -> None:
    crowded(database, lines, SOON, TODAY)
    with overheard(database) as traffic:
        [page, *_] = pages_of(database, "late", limit=10, most=1)
    assert len(page.rows) == 10
    assert effort(database, traffic) < (4_000 if database.is_sqlite else 500)


def test_the_unshipped_lines_of_a_product_are_found_by_its_batches(database: Database) -> None:
    lines = [line(f"SKU-{n}", n, f"b{n:04}") for n in range(3_000)]
    own = [line("LAMP", 9_000, "lamps"), line("LAMP", 9_001, "more-lamps")]
    stock = {
        products: [product(sku, 1) for sku in ("LAMP", *(row["sku"] for row in lines))],
        batches: [batch(row["batchref"], row["sku"], 9, 1) for row in (*lines, *own)],
    }
    fill(database, {**stock, order_lines: [*lines, *own]})

    [page] = pages_of(database, "unshipped", {"sku": "LAMP"}, limit=10)

    assert [row.batchref for row in page.rows] == ["lamps", "more-lamps"]


def test_a_filter_that_skips_most_lines_of_a_batch_ends_a_page_early(database: Database) -> None:
    crowded(database, 2_500, None, None)
    pages = pages_of(database, "unshipped", {"sku": "LAMP", "days": "3"}, limit=10)
    assert [len(page.rows) for page in pages] == [0, 0, 1]


def pages_of(
    database: Database,
    name: str,
    filters: dict[str, str] | None = None,
    *,
    limit: int,
    most: int = 1_000,
) -> list[Page[Any]]:
    """All pages of a list, or the first ones."""
    listing = next(each for each in LISTS if each.name == name)
    views, pages, after = ListViews(database, SEARCH), list[Page[Any]](), None
    while not pages or (after is not None and len(pages) < most):
        page = views.page(listing, TODAY, filters, limit=limit, after=after)
        after = None if page.next_after is None else str(page.next_after)
        pages.append(page)
    return pages
