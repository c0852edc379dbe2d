"""An export reads pages by an index, in its order: nothing is sorted, and no page begins anew."""

from typing import Final
from unittest import mock

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.pages import pages
from allocation.adapters.sql.schema import batches, order_lines
from allocation.views.exports import ExportViews
from allocation.views.selections import Selection
from tests.support.crowded_database import CROWDED, DUE, SKUS, batch, fill, grow, line
from tests.support.plans import bad_plans
from tests.support.spies import Traffic, overheard

LISTS: Final = {
    "batches": ExportViews.batches,
    "orders": ExportViews.orders,
    "backorders": ExportViews.backorders,
    "pick list": ExportViews.pick_list,
}
FIRST_PAGE: Final = {
    # From the beginning of the index, in its order, as far as the LIMIT.
    *("SCAN batches", "SCAN order_lines", "SCAN batches USING INDEX ix_batches_sku_eta_reference"),
    *("Index Scan batches pk_batches", "Index Scan order_lines pk_order_lines"),
    "Index Scan batches ix_batches_sku_eta_reference",
    "Index Only Scan batches ix_batches_sku_eta_reference",
    "SCAN batches USING COVERING INDEX ix_batches_sku_eta_reference",
    "SCAN order_lines USING INDEX ix_order_lines_queue",
    "Index Scan order_lines ix_order_lines_queue",
}

SORTED: Final = {"Sort", "USE TEMP B-TREE FOR ORDER BY"}
WITHIN_A_PRODUCT: Final = {"batches.eta IS NULL": {"USE TEMP B-TREE FOR LAST TERM OF ORDER BY"}}
"""SQLite sorts the batches of one product at a time."""


@pytest.fixture
def crowded(database: Database) -> Database:
    """Many batches in stock with lines, and a line in two parts that may not be split."""
    grow(database)
    divided = line("SKU-1", 100_000, "of-SKU-1") | {"part": 0, "ordered": 2}
    rest = divided | {"part": 1, "batchref": "due", "promise": 100_001}
    due = batch("due", "SKU-1", 10, 1) | {"eta": DUE}
    fill(database, {batches: [due], order_lines: [divided, rest]})
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE batches SET allocated_quantity = 10")
        connection.commit()
    return database


def traffic_of(database: Database, name: str, selection: Selection) -> Traffic:
    small = mock.patch.object(pages, "__kwdefaults__", {"order": (), "size": 500})
    with small, overheard(database) as traffic:
        count = sum(1 for _ in LISTS[name](ExportViews(database), selection))
    assert count > 500 or selection.sku
    return traffic


def test_no_page_of_an_export_is_sorted_or_searched_for(crowded: Database) -> None:
    picks = [*ExportViews(crowded).pick_list(Selection())]
    assert len({pick.ref for pick in picks}) == SKUS, "each batch has its lines"
    assert "SKU-1-100000" not in {pick.orderid for pick in picks}

    for name in LISTS:
        traffic = traffic_of(crowded, name, Selection())
        following = [one for one in traffic.statements if is_behind_a_row(one[0])]
        assert following
        assert bad_plans(crowded, Traffic(following[:9]), WITHIN_A_PRODUCT) == {}
        first = [one for one in traffic.statements if not is_behind_a_row(one[0])]
        assert bad_plans(crowded, Traffic(first[:9]), {"FROM": FIRST_PAGE} | WITHIN_A_PRODUCT) == {}
        one_product = traffic_of(crowded, name, Selection(sku=CROWDED))
        by_reference = SORTED if name == "batches" else set()
        assert (
            bad_plans(crowded, one_product, {"FROM": FIRST_PAGE | by_reference} | WITHIN_A_PRODUCT)
            == {}
        )


def is_behind_a_row(statement: str) -> bool:
    return ") > (" in statement or "promise) > " in statement or "promise > " in statement
