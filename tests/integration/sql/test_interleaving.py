"""What two processes do to each other on PostgreSQL, step by step."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select, text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages
from allocation.adapters.sql.store import SqlStore
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    Event,
    OutOfStock,
)
from allocation.messaging.errors import Conflict
from allocation.messaging.log import Status
from tests.support.groups import NOW, accepted, an_entry, chair_in, discarded, write
from tests.support.snapshots import Snapshot, chair_seen_by, seen_by
from tests.support.stock_harness import StockHarness
from tests.support.storages import OpenDatabase, sql_store
from tests.support.waiting import wait_until

Aside = Callable[[Callable[[], None]], Future[None]]


@pytest.fixture
def mine(postgresql_url: str, open_database: OpenDatabase) -> SqlStore:
    """This process's store, with a batch of ten chairs, four of them promised, and a table."""
    store = sql_store(open_database(postgresql_url))
    a_group(
        store,
        BatchCreated("b1", "CHAIR", 10),
        AllocationRequired("o1", "CHAIR", 4),
        BatchCreated("t1", "TABLE", 10),
    )
    return store


@pytest.fixture
def theirs(postgresql_url: str, open_database: OpenDatabase) -> SqlStore:
    """Another process's store."""
    return sql_store(open_database(postgresql_url))


@pytest.fixture
def onlooker(postgresql_url: str, open_database: OpenDatabase) -> Database:
    """Who looks on."""
    return open_database(postgresql_url)


@pytest.fixture
def aside() -> Iterator[Aside]:
    """Does something in a thread, while the test goes on."""
    with ThreadPoolExecutor() as threads:
        yield threads.submit


def a_group(store: SqlStore, *messages: Event) -> None:
    with store.begin() as transaction:
        transaction.prefetch(messages)
        for message in messages:
            accepted(transaction, message)
        transaction.commit()


def chair(database: Database) -> Snapshot:
    return chair_seen_by(SqlAlchemyUnitOfWork(database))


def until_somebody_waits_for_a_lock(onlooker: Database) -> None:
    harness = StockHarness(onlooker)
    wait_until(lambda: harness.somebody_waits, "somebody waits for a lock")


def test_a_group_waits_for_another_that_has_the_same_product_and_then_sees_it_changed(
    mine: SqlStore, theirs: SqlStore, onlooker: Database, aside: Aside
) -> None:
    order = AllocationRequired("mine", "CHAIR", 5)
    with mine.begin() as transaction:
        transaction.prefetch([order])
        other = aside(lambda: a_group(theirs, AllocationRequired("theirs", "CHAIR", 5)))
        until_somebody_waits_for_a_lock(onlooker)
        accepted(transaction, order)
        transaction.commit()
    other.result(timeout=30)
    seen = chair(onlooker)
    assert seen.batches["b1"].losing == (("mine", 5), ("o1", 4))
    assert seen.waiting == (("theirs", 5),)


def test_groups_that_name_products_in_another_order_do_not_block_each_other(
    mine: SqlStore, theirs: SqlStore, onlooker: Database, aside: Aside
) -> None:
    to_chair = AllocationRequired("o2", "CHAIR", 1)
    to_table = AllocationRequired("o2", "TABLE", 1)
    with mine.begin() as transaction:
        transaction.prefetch([to_table, to_chair])
        other = aside(lambda: a_group(theirs, to_chair, to_table))
        until_somebody_waits_for_a_lock(onlooker)
        for message in (to_table, to_chair):
            accepted(transaction, message)
        transaction.commit()
    other.result(timeout=30)
    assert chair(onlooker).batches["b1"].losing == (("o2", 1), ("o1", 4))


def test_a_product_does_not_change_while_a_group_uses_it(
    mine: SqlStore, theirs: SqlStore, onlooker: Database, aside: Aside
) -> None:
    """Not even when it was not foreseen, and a discarded unit makes it be read anew."""
    with mine.begin() as transaction:
        before = chair_in(transaction)
        other = aside(lambda: a_group(theirs, BatchQuantityChanged("b1", 0)))
        until_somebody_waits_for_a_lock(onlooker)
        discarded(transaction, AllocationRequired("never", "CHAIR", 1))
        assert chair_in(transaction) == before
    other.result(timeout=30)
    assert chair(onlooker).batches["b1"].purchased == 0


@pytest.mark.parametrize(("ref", "sku"), [("mine", "SOFA"), ("theirs", "LAMP")])
def test_a_batch_or_a_product_that_came_meanwhile_is_a_conflict(
    mine: SqlStore, theirs: SqlStore, onlooker: Database, ref: str, sku: str
) -> None:
    with pytest.raises(Conflict), mine.begin() as transaction:
        accepted(transaction, BatchCreated("mine", "LAMP", 2))
        a_group(theirs, BatchCreated(ref, sku, 1))
        transaction.commit()
    both = [seen_by(SqlAlchemyUnitOfWork(onlooker), each) for each in ("LAMP", "SOFA")]
    assert [(seen.sku, set(seen.batches)) for seen in both if seen] == [(sku, {ref})]


def test_keys_are_waited_for_in_their_order_and_numbered_in_that_of_the_group(
    mine: SqlStore, onlooker: Database, aside: Aside
) -> None:
    """Else two groups that write the same keys in another order would wait for each other."""
    columns = {"type": "OutOfStock", "body": '{"sku":"X"}', "status": "refused", "attempts": 0}
    in_reverse = [an_entry(OutOfStock("X"), id, Status.REFUSED) for id in ("z", "m", "a")]
    with onlooker.writing() as connection:
        write_by_hand = insert(messages).values(correlation_id="_", at=NOW, **columns)
        connection.execute(write_by_hand, {"id": "a"})
        writing = aside(lambda: write(mine, *in_reverse))
        until_somebody_waits_for_a_lock(onlooker)
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        connection.execute(write_by_hand, {"id": "z"})
        connection.rollback()
    writing.result(timeout=30)
    with onlooker.reading() as connection:
        ids = connection.execute(select(messages.c.id).order_by(messages.c.seq)).scalars()
        assert list(ids)[-3:] == ["z", "m", "a"]


def test_the_backlog_is_given_to_one_process_at_a_time_and_no_process_waits_for_it(
    mine: SqlStore, theirs: SqlStore
) -> None:
    entries = [an_entry(AllocationRequired(f"o{n}", "CHAIR", 1), f"m{n}") for n in range(5)]
    write(mine, *entries)
    with mine.begin() as transaction:
        first = transaction.pending(2, NOW) or ()
        with theirs.begin() as other:
            assert other.pending(2, NOW) is None
        for entry in first:
            transaction.write(entry.done())
        transaction.commit()
    with theirs.begin() as other:
        rest = other.pending(2, NOW) or ()
    taken = [[entry.envelope.id for entry in some] for some in (first, rest)]
    assert taken == [["m0", "m1"], ["m2", "m3"]]
