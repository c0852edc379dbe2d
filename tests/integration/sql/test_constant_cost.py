"""The cost of a message does not depend on the length of the history."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from random import Random

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.stock.stored import MOST_QUEUES, SqlStoredLines
from allocation.adapters.sql.store import SqlStore
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    Event,
    OrderShipped,
)
from allocation.domain.order_lines import OrderLines
from tests.support.crowded_database import queue, sell, stock
from tests.support.groups import NOW, accepted, an_entry
from tests.support.spies import Traffic, overheard
from tests.support.storages import sql_store

SHORT, LONG = 40, 10_000

_ids = (f"new-{n}" for n in itertools.count())


def handled(
    database: Database, *messages: Event, store: SqlStore | None = None
) -> tuple[Traffic, list[object]]:
    """Handle messages as one group, and log them; what it took, and what was raised."""
    raised: list[object] = []
    entries = [an_entry(message, next(_ids)) for message in messages]
    store = store or sql_store(database)
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
        (True, True, 1, lambda sku, _: AllocationRequired("new", sku, 1), 2),
        (True, False, 1, lambda sku, _: AllocationRequired(f"{sku}-7", sku, 1), 0),
        (True, False, 1, lambda sku, lines: BatchQuantityChanged(f"b-{sku}", lines - 10), 22),
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
    store = sql_store(database)
    first, _ = handled(database, BatchCreated("b2", "CHAIR", 5), store=store)
    second, _ = handled(database, AllocationRequired("new", "CHAIR", 1), store=store)
    assert second.reads < first.reads


def reads_and_rows(database: Database, *messages: Event) -> tuple[int, int]:
    """The reads of one group, and the rows that it reads."""
    traffic, _ = handled(database, *messages)
    return traffic.reads, traffic.rows


def test_exhausted_batches_cost_nothing(database: Database) -> None:
    for sku, exhausted in (("FEW", 1), ("MANY", 2_000)):
        stock(database, sku, {f"{sku}-{n}": (10, 10) for n in range(exhausted)})
        stock(database, f"{sku}-OPEN", {f"{sku}-open-{n}": (10, 10) for n in range(exhausted)})
        handled(database, BatchCreated(f"{sku}-new", f"{sku}-OPEN", 10))
    for message in (
        lambda sku: AllocationRequired("waits", sku, 1),
        lambda sku: AllocationRequired("promised", f"{sku}-OPEN", 1),
        lambda sku: BatchQuantityChanged(f"{sku}-0", 20),
        lambda sku: BatchCreated(f"{sku}-0", sku, 10),
        lambda sku: BatchCreated(f"{sku}-newer", sku, 10),
    ):
        assert reads_and_rows(database, message("MANY")) == reads_and_rows(database, message("FEW"))


def test_a_group_asks_once_whether_its_batches_are_new(database: Database) -> None:
    stock(database, "CHAIR", {"b1": (10, 10)})
    one, *others = (BatchCreated(f"new-{n}", "CHAIR", 5) for n in range(20))
    reads = reads_and_rows(database, *others)[0] - reads_and_rows(database, one)[0]
    assert reads <= 2 * len(others), "each of them asks who waits and who is late, nothing else"


def test_a_group_reads_its_exhausted_batches_together(database: Database) -> None:
    stock(database, "CHAIR", {f"b{n}": (10, 10) for n in range(20)})
    again = [BatchCreated(f"b{n}", "CHAIR", 10) for n in range(20)]
    assert reads_and_rows(database, *again)[0] == reads_and_rows(database, again[0])[0]


def test_waiting_lines_of_many_quantities_are_read_as_those_of_one(database: Database) -> None:
    size, fitting = 2_000, 100
    for sku, quantities in (("ONE", [1_000] * size), ("MANY", range(1, size + 1))):
        stock(database, sku, {f"{sku}-0": (10, 10)})
        queue(database, sku, quantities)
    one = reads_and_rows(database, BatchCreated("one", "ONE", 1_000 * fitting))
    many = reads_and_rows(database, BatchCreated("many", "MANY", sum(range(1, fitting + 1))))
    assert many[0] <= 3 * one[0] + MOST_QUEUES
    assert many[1] <= 3 * one[1] + MOST_QUEUES


@pytest.mark.parametrize("seed", range(3))
def test_waiting_lines_are_read_as_a_search_through_all_of_them_finds_them(
    database: Database, seed: int
) -> None:
    rng = Random(seed)
    quantities = [rng.randint(1, 300) for _ in range(1_500)]
    stock(database, "CHAIR", {"b1": (10, 10)})
    queue(database, "CHAIR", quantities)
    many, few = rng.choices(range(100, 300), k=40), rng.choices(range(20), k=200)
    rooms = sorted(many + few, reverse=True)

    def fitting(waiting: Callable[[Callable[[], int]], Iterable[int]]) -> list[int]:
        """The positions of the lines that fit, while the room shrinks with each of them."""
        left = list(reversed(rooms))
        positions = []
        for position in waiting(lambda: left[-1] if left else 0):
            positions.append(position)
            left.pop()
        return positions

    def naive(largest: Callable[[], int]) -> Iterator[int]:
        return (n for n, qty in enumerate(quantities, 1) if qty <= largest())

    with database.begin(snapshot=False) as driver:
        lines = OrderLines(SqlStoredLines(driver, "CHAIR"))

        def stored(largest: Callable[[], int]) -> Iterator[int]:
            return (allocation.position for allocation in lines.waiting(largest))

        assert fitting(stored) == fitting(naive)


def test_an_order_is_shipped_with_the_same_number_of_reads_however_many_lines_it_has(
    database: Database,
) -> None:
    reads = []
    for orderid, count in (("small", 2), ("large", 9)):
        skus = [f"{orderid}-{n}" for n in range(count)]
        handled(database, *(BatchCreated(f"b-{sku}", sku, 5) for sku in skus))
        handled(database, *(AllocationRequired(orderid, sku, 5) for sku in skus))
        store = sql_store(database)  # nothing is cached
        traffic, raised = handled(database, OrderShipped(orderid), store=store)
        assert len(raised) == count
        reads.append(len([s for s, _ in traffic.statements if s.startswith("SELECT")]))
    assert reads[0] == reads[1]
