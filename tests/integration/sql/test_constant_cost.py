"""The cost of a message does not depend on the length of the history."""

import itertools
from collections.abc import Callable

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.store import SqlStore
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged, Event
from tests.support.crowded_database import sell
from tests.support.groups import NOW, accepted, an_entry
from tests.support.spies import Traffic, overheard

SHORT, LONG = 40, 10_000

_ids = (f"new-{n}" for n in itertools.count())


def handled(
    database: Database, *messages: Event, store: SqlStore | None = None
) -> tuple[Traffic, list[object]]:
    """Handle messages as one group, and log them; what it took, and what was raised."""
    raised: list[object] = []
    entries = [an_entry(message, next(_ids)) for message in messages]
    store = store or SqlStore(database)
    with overheard(database) as traffic, store.begin() as transaction:
        transaction.pending(100, NOW)
        transaction.outgoing(100, NOW)
        transaction.prefetch(messages)
        transaction.find([entry.envelope.id for entry in entries])
        for entry in entries:
            raised += accepted(transaction, entry.envelope.message)
            transaction.write(entry.done())
        transaction.commit()
    return traffic, raised


def cost(traffic: Traffic) -> tuple[int, int, int]:
    return traffic.reads, traffic.rows, len(traffic.statements)


@pytest.mark.parametrize(
    ("promised", "waiting", "qty", "message", "raises"),
    [
        (True, False, 1, lambda sku, _: AllocationRequired("new", sku, 1), 1),
        (True, True, 1, lambda sku, _: AllocationRequired("new", sku, 1), 1),
        (True, False, 1, lambda sku, _: AllocationRequired(f"{sku}-7", sku, 1), 0),
        (True, False, 1, lambda sku, lines: BatchQuantityChanged(f"b-{sku}", lines - 10), 11),
        (False, True, 1, lambda sku, _: BatchCreated(f"b2-{sku}", sku, 10), 10),
        (False, True, 7, lambda sku, _: BatchCreated(f"b2-{sku}", sku, 6), 0),
    ],
    ids=[
        *("a promised line", "a waiting line", "a known line", "a batch that loses ten lines"),
        *("room for ten waiting lines", "room too small for every waiting line"),
    ],
)
def test_a_message_costs_the_same_after_a_short_and_a_long_history(
    database: Database,
    promised: bool,
    waiting: bool,
    qty: int,
    message: Callable[[str, int], Event],
    raises: int,
) -> None:
    costs = []
    for sku, lines in (("CHAIR", SHORT), ("TABLE", LONG)):
        sell(database, lines if promised else 1, lines if waiting else 0, qty, sku=sku)
        if promised and not waiting:
            handled(database, BatchCreated(f"b1-{sku}", sku, 5))
        traffic, raised = handled(database, message(sku, lines))
        assert len(raised) == raises
        costs.append(cost(traffic))
    assert costs[0] == costs[1]


def test_five_lines_of_a_product_in_a_group_cost_as_many_statements_as_one(
    database: Database,
) -> None:
    sell(database, promised=SHORT, waiting=0)
    handled(database, BatchCreated("b2", "CHAIR", 9))
    one, _ = handled(database, AllocationRequired("new", "CHAIR", 1))
    five, _ = handled(database, *(AllocationRequired(f"n-{n}", "CHAIR", 1) for n in range(5)))
    assert cost(five) == cost(one)


def test_a_product_that_was_used_before_is_not_read_again(database: Database) -> None:
    sell(database, promised=SHORT, waiting=0)
    store = SqlStore(database)
    first, _ = handled(database, BatchCreated("b2", "CHAIR", 5), store=store)
    second, _ = handled(database, AllocationRequired("new", "CHAIR", 1), store=store)
    assert second.reads < first.reads
    # On PostgreSQL the version, which tells whether another process has written.
    assert second.rows == (0 if database.is_sqlite else 1)
