"""What the board shows is read by indexes, and costs the same in a crowded shop."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages, order_lines, products
from allocation.views.activity import ActivityViews
from allocation.views.blocked_batches import BlockedBatchViews
from allocation.views.first_lines import FirstLineViews
from allocation.views.listed import COUNTED
from allocation.views.names import NameViews
from allocation.views.promised_lines import PromisedLineViews
from allocation.views.senders import SEARCHED, SenderViews
from allocation.views.shipments import ARRIVALS, ShipmentViews
from allocation.views.shortages import ShortageViews
from allocation.views.validators import ValidatorViews
from tests.support.crowded_database import fill, line, message, product
from tests.support.groups import NOW
from tests.support.listed_stock import CROWDED, TODAY, grow_lists
from tests.support.plans import bad_plans, effort
from tests.support.spies import overheard

ALLOWED: Final = {
    # So many rows at most, which a subquery has found by an index.
    "LIMIT 500": {"SCAN anon_1"},
    "LIMIT 100 ": {"SCAN anon_1"},
    "LIMIT 1000": {"SCAN anon_1", "SCAN anon_2", "SCAN anon_3"},
    # So many batches of a product.
    "WHERE anon_1.blocked": {"SCAN anon_1", "USE TEMP B-TREE FOR ORDER BY", "Sort"},
    # The first lines of each batch of a page.
    "FROM batches JOIN order_lines": {"Sort", "Incremental Sort"},
    # The last row of an index, and a table of one row.
    "pruned_through": {"Index Only Scan messages pk_messages", "Seq Scan log_state"},
    # So many of the waiting lines of all products, in the order of an index.
    "SELECT count(*)": {
        "SCAN order_lines USING COVERING INDEX ix_order_lines_queue",
        "SCAN order_lines USING COVERING INDEX ix_order_lines_waiting",
        "Index Only Scan order_lines ix_order_lines_queue",
        "Index Only Scan order_lines ix_order_lines_waiting",
    },
}

FULL: Final = [f"{name}-{CROWDED}" for name in ("stock", "overdue", "soon", "later")]
SOON: Final = TODAY + timedelta(days=5)
SECONDS: Final = 5_000

READS: Final[dict[str, Callable[[Database], Any]]] = {
    "needs": lambda database: ShipmentViews(database).needs([f"soon-{CROWDED}", "soon-SKU-8"]),
    "late": lambda database: ShipmentViews(database).late(TODAY, 6),
    "next arrival": lambda database: ShipmentViews(database).next_arrival(TODAY),
    "arrivals": lambda database: ShipmentViews(database).arrivals(TODAY, TODAY + timedelta(34)),
    "blocked batches": lambda database: BlockedBatchViews(database).of(CROWDED),
    "first lines": lambda database: FirstLineViews(database).of([*FULL, "stock-SKU-8"], 3),
    "shortages": lambda database: ShortageViews(database).first(5),
    "names": lambda database: NameViews(database).search("sku-7"),
}


@pytest.mark.slow
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_part_of_the_board_reads_and_sorts_no_whole_table(
    database: Database, read: Callable[[Database], Any]
) -> None:
    grow_lists(database)
    with overheard(database) as traffic:
        read(database)
    assert traffic.reads
    assert bad_plans(database, traffic, ALLOWED) == {}


def test_counts_end_at_their_limits(database: Database) -> None:
    grow_lists(database)
    views = ShipmentViews(database)
    [need] = views.needs([f"soon-{CROWDED}"]).values()
    assert need.lines <= COUNTED
    assert [day.shipments for day in views.arrivals(TODAY, SOON).values()] == [ARRIVALS]
    assert ShortageViews(database).first(2).lines == COUNTED


def test_the_first_lines_of_batches_are_read_in_one_statement(database: Database) -> None:
    grow_lists(database)
    with overheard(database) as traffic:
        lines = FirstLineViews(database).of([*FULL, "stock-SKU-8", f"{CROWDED}/1"], 3)
    assert {ref: len(first) for ref, first in lines.items()} == dict.fromkeys(
        [*FULL, "stock-SKU-8"], 3
    )
    views = PromisedLineViews(database)
    for ref, first in lines.items():
        expected = views.page(TODAY, ref, limit=3).lines
        assert [(line.orderid, line.qty) for line in first] == [
            (line.orderid, line.qty) for line in expected
        ]
    assert traffic.reads == 1
    assert effort(database, traffic) < 2_000  # these batches have 2,000 lines


@pytest.fixture
def long_log(database: Database) -> Database:
    """A log in which each second has a message, until now."""
    history = [message(n, "handled") for n in range(SECONDS)]
    ages = (timedelta(seconds=SECONDS - n) for n in range(SECONDS))
    rows = [row | {"at": NOW - age} for row, age in zip(history, ages, strict=True)]
    fill(database, {messages: rows})
    return database


def test_the_last_hour_is_read_by_the_primary_key(long_log: Database) -> None:
    with overheard(long_log) as traffic:
        activity = ActivityViews(long_log).last_hour(NOW)
    assert [minute.messages for minute in activity.minutes] == [60] * 59 + [15]
    assert activity.rate == 1
    assert bad_plans(long_log, traffic, {}) == {}


def test_minutes_that_are_over_are_not_searched_again(long_log: Database) -> None:
    views = ActivityViews(long_log)
    views.last_hour(NOW)
    with overheard(long_log) as traffic:
        views.last_hour(NOW + timedelta(seconds=20))
    assert traffic.reads < 10


def sent(database: Database, numbers: range, sender: str) -> None:
    fill(database, {messages: [message(n, "handled") | {"sender": sender} for n in numbers]})


@pytest.mark.slow
def test_the_senders_of_a_longer_log_are_counted_at_the_same_cost(database: Database) -> None:
    sent(database, range(SEARCHED + 10), "key:old")
    with overheard(database) as traffic:
        assert [each.messages for each in SenderViews(database).latest()] == [SEARCHED]
    cost = effort(database, traffic)

    sent(database, range(SEARCHED + 10, 2 * SEARCHED), "key:new")
    views = SenderViews(database).latest()

    assert [(each.sender, each.messages) for each in views] == [
        ("key:new", SEARCHED - 10),
        ("key:old", 10),
    ]
    assert effort(database, traffic) < 1.2 * cost


def test_validators_are_read_by_indexes(long_log: Database) -> None:
    skus = [f"SKU-{n}" for n in range(2_000)]
    lines = [line(sku, n, None) | {"orderid": "o1"} for n, sku in enumerate(skus[:300])]
    fill(long_log, {products: [product(sku, 10**6) for sku in skus], order_lines: lines})
    views = ValidatorViews(long_log)
    with overheard(long_log) as traffic:
        views.of_product("SKU-7")
        views.of_order("o1")
    assert bad_plans(long_log, traffic, ALLOWED) == {}
