"""Every list shows what plain Python computes from the tables, page by page."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from allocation.adapters.sql.engine.database import Database
from allocation.domain import events
from allocation.views import LISTS, Listing
from allocation.views.lists.listing import SearchLimits
from allocation.views.lists.views import ListViews
from tests.support.builders import TODAY
from tests.support.list_oracle import Recorded, expected
from tests.support.stock_harness import StockHarness

SKUS = ["LAMP", "LAMP-2", "LAMP 3", "SOFA", "lamp", "ÖL"]
REFS = ["b1", "b-2", "B3", "a/4", "ö5", "b10", "🛋6"]
ORDERS = ["o1", "o10", "o-2", "O3", "ö4"]
DAYS = [None, None, *(TODAY + timedelta(days=days) for days in (-3, 0, 2, 5, 9))]
SKU, REF, ORDER = (st.sampled_from(names) for names in (SKUS, REFS, ORDERS))
DAY = st.sampled_from(DAYS)
QTY, LINE, SPLIT = st.integers(1, 12), st.sampled_from([None, "2"]), st.sampled_from([None, True])

SUPPLY = st.builds(events.BatchCreated, REF, SKU, QTY, DAY)
DEMAND = st.builds(events.AllocationRequired, ORDER, SKU, QTY, LINE, DAY, SPLIT)
CHANGES = st.one_of(
    st.builds(events.BatchQuantityChanged, REF, st.integers(0, 15)),
    st.builds(events.BatchEtaChanged, REF, DAY),
    st.builds(events.BatchBlocked, REF),
    st.builds(events.BatchCancelled, REF),
    st.builds(events.OrderLineCancelled, ORDER, SKU),
    st.builds(events.OrderLineShipped, ORDER, SKU),
    st.builds(events.OrderShipped, ORDER),
)
HISTORIES = st.tuples(
    st.lists(SUPPLY, min_size=3, max_size=10),
    st.lists(DEMAND, min_size=3, max_size=15),
    st.lists(CHANGES | DEMAND, max_size=10),
).map(lambda parts: [message for part in parts for message in part])
TEXTS = {
    "sku": SKU,
    "sku_prefix": st.sampled_from(["L", "LAMP", "LAMP ", "l", "Ö"]),
    "ref_prefix": st.sampled_from(["b", "b1", "ö", "🛋", "x"]),
    "orderid_prefix": st.sampled_from(["o", "o1", "O", "ö4"]),
    "days": st.sampled_from(["0", "1", "4"]),
}
DATES = st.sampled_from([TODAY + timedelta(days=days) for days in (-5, -3, 0, 2, 6)]).map(str)
SEARCHES = st.sampled_from([SearchLimits(), SearchLimits(1, 1), SearchLimits(2, 3)])


def values_of(listing: Listing[Any]) -> Iterator[tuple[str, st.SearchStrategy[str]]]:
    for each in listing.filters:
        if each.kind == "flag":
            yield each.name, st.sampled_from(["true", "false"])
        elif each.kind == "choice":
            yield each.name, st.sampled_from(each.choices)
        else:
            yield each.name, DATES if each.kind == "date" else TEXTS[each.name]


def empty(database: Database) -> None:
    """Remove everything that an earlier example has left."""
    tables = ("order_lines", "opening_balances", "opening_backorders", "batches", "products")
    with database.writing() as connection:
        for table in (*tables, "messages"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.commit()


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=HISTORIES, data=st.data(), days=st.integers(0, 6))
def test_every_list_shows_what_is_in_the_tables(
    database: Database, history: list[events.Event], data: st.DataObject, days: int
) -> None:
    empty(database)
    StockHarness(database).handle(*history)
    recorded = Recorded.of(database, TODAY + timedelta(days=days))
    for listing in LISTS:
        strategies = dict(values_of(listing))
        names = st.sets(st.sampled_from(sorted(strategies)), max_size=2)
        filters = {name: data.draw(strategies[name], name) for name in data.draw(names)}
        sort, limit = (
            data.draw(st.sampled_from(sorted(listing.sorts))),
            data.draw(st.integers(1, 9)),
        )
        views = ListViews(database, data.draw(SEARCHES), binary=data.draw(st.booleans()))

        shown = list(rows_in_pages(views, listing, recorded.today, filters, sort, limit))

        assert shown == expected(recorded, listing.name, sort, filters), (listing.name, filters)


def rows_in_pages(
    views: ListViews,
    listing: Listing[Any],
    today: date,
    filters: dict[str, str],
    sort: str,
    limit: int,
) -> Iterator[dict[str, Any]]:
    """The rows of all pages; a page that is not the last one leads to another place."""
    after, cursors = None, set[str]()
    while True:
        page = views.page(listing, today, filters, sort=sort, limit=limit, after=after)
        assert len(page.rows) <= limit
        yield from map(asdict, page.rows)
        if page.next_after is None:
            return
        after = str(page.next_after)
        assert after not in cursors
        cursors.add(after)
