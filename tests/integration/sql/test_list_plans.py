"""No list reads every row of a table, or sorts one, whatever its order and its filters."""

from itertools import combinations
from typing import Any

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.views import LISTS, Listing
from allocation.views.lists.views import ListViews
from tests.support.listed_stock import CROWDED, TODAY, grow_lists
from tests.support.plans import bad_plans
from tests.support.spies import Traffic, overheard

CHUNK = "%(after_0)s::VARCHAR AND batches.reference <="
ALLOWED = {
    # The batches in stock of one product in a chunk of it: PostgreSQL sorts the references between
    # its ends if it expects fewer of them than batches of the product.
    **{
        f"{which} AND batches.reference {begin} {CHUNK}": {"Sort"}
        for which in ("eta IS NULL", "allocated_quantity > %(allocated_quantity_1)s::BIGINT")
        for begin in (">", ">=")
    },
    # The lines of a batch in a chunk, of which SQLite makes a table before it counts them.
    "max(anon_1.last)": {"SCAN anon_1"},
}
VALUES = {
    "sku": CROWDED,
    "sku_prefix": "SKU-7",
    "ref_prefix": "soon-SKU-7",
    "orderid_prefix": "SKU-7",
    "eta_from": "2030-01-08",
    "eta_to": "2030-01-20",
    "required_from": "2030-01-20",
    "required_to": "2030-02-02",
    "days": "3",
}
"""A value of each filter that is neither a choice nor a flag."""


def selections(listing: Listing[Any]) -> list[dict[str, str]]:
    """No filter, each filter, and every two of them."""
    choices = {
        each.name: (
            list(each.choices)
            or (["true", "false"] if each.kind == "flag" else [VALUES[each.name]])
        )
        for each in listing.filters
    }
    one = [{name: value} for name, values in choices.items() for value in values]
    two = [a | b for a, b in combinations(one, 2) if a.keys() != b.keys()]
    return [{}, *one, *two]


@pytest.fixture
def full(database: Database) -> Database:
    """A database with many rows of every kind."""
    grow_lists(database)
    return database


@pytest.mark.slow
def test_no_list_reads_or_sorts_a_whole_table(full: Database) -> None:
    views, bad = ListViews(full), dict[str, Any]()
    for listing in LISTS:
        for filters in selections(listing):
            for sort in listing.sorts:
                traffic = traffic_of(full, views, listing, filters, sort)
                for statement, problems in bad_plans(full, traffic, ALLOWED).items():
                    bad.setdefault(statement, (listing.name, sort, filters, problems))
    assert bad == {}, "\n".join(f"{k}\n   {v}" for k, v in bad.items())


def traffic_of(
    database: Database, views: ListViews, listing: Listing[Any], filters: dict[str, str], sort: str
) -> Traffic:
    """The different statements of the first and the second page."""
    with overheard(database) as traffic:
        page = views.page(listing, TODAY, filters, sort=sort, limit=2)
        if page.next_after is not None:
            views.page(listing, TODAY, filters, sort=sort, limit=2, after=str(page.next_after))
    traffic.statements = list(dict(traffic.statements).items())
    assert traffic.statements or not page.rows
    return traffic
