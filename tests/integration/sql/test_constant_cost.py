"""What a message costs does not depend on how long the history is."""

import itertools

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.store import SqlStore
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged, Event
from tests.support.crowded_database import sell
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


@pytest.mark.parametrize("lines", [SHORT, LONG])
class TestWithHistory:
    """The same figures for a short history and for a long one."""

    def test_a_line_that_is_promised(self, database: Database, lines: int) -> None:
        sell(database, promised=lines, waiting=0)
        handled(database, BatchCreated("b2", "CHAIR", 5))
        traffic, raised = handled(database, AllocationRequired("new", "CHAIR", 1))
        assert len(raised) == 1
        assert (traffic.reads, traffic.rows) == (6, 3)
        assert len(traffic.statements) == 10

    def test_a_line_that_waits(self, database: Database, lines: int) -> None:
        sell(database, promised=lines, waiting=lines)
        traffic, _ = handled(database, AllocationRequired("new", "CHAIR", 1))
        assert (traffic.reads, traffic.rows) == (6, 2)

    def test_a_line_that_is_known(self, database: Database, lines: int) -> None:
        sell(database, promised=lines, waiting=0)
        traffic, _ = handled(database, AllocationRequired("CHAIR-7", "CHAIR", 1))
        assert (traffic.reads, traffic.rows) == (6, 3)
        assert len(traffic.statements) == 7

    def test_a_batch_that_loses_ten(self, database: Database, lines: int) -> None:
        sell(database, promised=lines, waiting=0)
        traffic, raised = handled(database, BatchQuantityChanged("b1", lines - 10))
        assert len(raised) == 10 + 1  # the lines, and OutOfStock
        assert traffic.rows <= 20
        assert traffic.reads <= 7

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
        assert (traffic.reads, traffic.rows) == (6, 3)
        assert len(traffic.statements) == 10

    def test_a_product_that_was_used_before_is_not_read_again(
        self, database: Database, lines: int
    ) -> None:
        sell(database, promised=lines, waiting=0)
        store = sql_store(database)
        handled(database, BatchCreated("b2", "CHAIR", 5), store=store)
        traffic, raised = handled(database, AllocationRequired("new", "CHAIR", 1), store=store)
        assert len(raised) == 1
        # Whether the line is known, whether the message is, what is unfinished (in two
        # questions); its version, where only that tells whether somebody else has written.
        assert (traffic.reads, traffic.rows) == ((4, 0) if database.is_sqlite else (5, 1))
