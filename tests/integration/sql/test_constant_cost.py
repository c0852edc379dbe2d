"""What a message costs does not depend on how long the history is."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from random import Random

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.stock.stored_lines import MOST_QUEUES, SqlStoredLines
from allocation.adapters.sql.store import SqlStore
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged, Event
from allocation.domain.order_lines import OrderLines
from tests.support.crowded_database import queue, sell, stock
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


@pytest.mark.parametrize("lines", [SHORT, LONG])
class TestWithHistory:
    """The same figures for a short history and for a long one."""

    def test_a_line_that_is_promised(self, database: Database, lines: int) -> None:
        sell(database, promised=lines, waiting=0)
        handled(database, BatchCreated("b2", "CHAIR", 5))
        traffic, raised = handled(database, AllocationRequired("new", "CHAIR", 1))
        assert len(raised) == 1
        assert (traffic.reads, traffic.rows) == (6, 2)
        assert len(traffic.statements) == 10

    def test_a_line_that_waits(self, database: Database, lines: int) -> None:
        sell(database, promised=lines, waiting=lines)
        traffic, _ = handled(database, AllocationRequired("new", "CHAIR", 1))
        assert (traffic.reads, traffic.rows) == (6, 1)

    def test_a_line_that_is_known(self, database: Database, lines: int) -> None:
        sell(database, promised=lines, waiting=0)
        traffic, _ = handled(database, AllocationRequired("CHAIR-7", "CHAIR", 1))
        assert (traffic.reads, traffic.rows) == (6, 2)
        assert len(traffic.statements) == 7

    def test_a_batch_that_loses_ten(self, database: Database, lines: int) -> None:
        sell(database, promised=lines, waiting=0)
        traffic, raised = handled(database, BatchQuantityChanged("b1", lines - 10))
        assert len(raised) == 10 + 1  # the lines, and OutOfStock
        assert traffic.rows <= 20
        assert traffic.reads <= 8

    def test_stock_for_ten_of_those_that_wait(self, database: Database, lines: int) -> None:
        sell(database, promised=1, waiting=lines)
        traffic, raised = handled(database, BatchCreated("b2", "CHAIR", 10))
        assert len(raised) == 10
        assert traffic.rows <= 20
        assert traffic.reads <= 9

    def test_stock_too_small_for_any_that_wait(self, database: Database, lines: int) -> None:
        sell(database, promised=1, waiting=lines, qty=7)
        traffic, raised = handled(database, BatchCreated("b2", "CHAIR", 6))
        assert raised == []
        assert traffic.rows <= 3

    def test_a_group_reads_a_product_once(self, database: Database, lines: int) -> None:
        sell(database, promised=lines, waiting=0)
        handled(database, BatchCreated("b2", "CHAIR", 5))
        orders = [AllocationRequired(f"new-{n}", "CHAIR", 1) for n in range(5)]
        traffic, raised = handled(database, *orders)
        assert len(raised) == 5
        assert (traffic.reads, traffic.rows) == (6, 2)
        assert len(traffic.statements) == 10

    def test_a_product_that_was_used_before_is_not_read_again(
        self, database: Database, lines: int
    ) -> None:
        sell(database, promised=lines, waiting=0)
        store = SqlStore(database)
        handled(database, BatchCreated("b2", "CHAIR", 5), store=store)
        traffic, raised = handled(database, AllocationRequired("new", "CHAIR", 1), store=store)
        assert len(raised) == 1
        # Whether the line is known, whether the message is, what is unfinished (in two
        # questions); its version, where only that tells whether somebody else has written.
        assert (traffic.reads, traffic.rows) == ((4, 0) if database.is_sqlite else (5, 1))


def costs(database: Database, *messages: Event) -> tuple[int, int]:
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
        assert costs(database, message("MANY")) == costs(database, message("FEW"))


def test_a_group_asks_once_whether_its_batches_are_new(database: Database) -> None:
    stock(database, "CHAIR", {"b1": (10, 10)})
    one, *others = (BatchCreated(f"new-{n}", "CHAIR", 5) for n in range(20))
    reads = costs(database, *others)[0] - costs(database, one)[0]
    assert reads <= len(others), "each of them asks who waits, and nothing else"


def test_a_group_reads_its_exhausted_batches_together(database: Database) -> None:
    stock(database, "CHAIR", {f"b{n}": (10, 10) for n in range(20)})
    again = [BatchCreated(f"b{n}", "CHAIR", 10) for n in range(20)]
    assert costs(database, *again)[0] == costs(database, again[0])[0]


def test_waiting_lines_of_many_quantities_are_read_as_those_of_one(database: Database) -> None:
    size, fitting = 2_000, 100
    for sku, quantities in (("ONE", [1_000] * size), ("MANY", range(1, size + 1))):
        stock(database, sku, {f"{sku}-0": (10, 10)})
        queue(database, sku, quantities)
    one = costs(database, BatchCreated("one", "ONE", 1_000 * fitting))
    many = costs(database, BatchCreated("many", "MANY", sum(range(1, fitting + 1))))
    assert many[0] <= 3 * one[0] + MOST_QUEUES
    assert many[1] <= 3 * one[1] + MOST_QUEUES


@pytest.mark.parametrize("seed", range(3))
def test_waiting_lines_are_read_as_a_search_through_all_of_them_finds_them(
    database: Database, seed: int
) -> None:
    chance = Random(seed)
    quantities = [chance.randint(1, 300) for _ in range(1_500)]
    stock(database, "CHAIR", {"b1": (10, 10)})
    queue(database, "CHAIR", quantities)
    many, few = chance.choices(range(100, 300), k=40), chance.choices(range(20), k=200)
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
