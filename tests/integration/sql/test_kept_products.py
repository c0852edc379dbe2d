"""Products that are kept in memory, while somebody else writes to the same database."""

from collections.abc import Callable

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.store import SqlStore
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.domain.events import (
    Allocated,
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    Event,
)
from allocation.messaging.ports import Transaction
from allocation.service_layer.handlers import change_batch_quantity
from tests.support.groups import accepted
from tests.support.storages import OpenDatabase, sql_store

SHRUNK = BatchQuantityChanged("b1", 5)
ONE_MORE = AllocationRequired("o2", "CHAIR", 3)


@pytest.fixture(params=["sqlite", "postgresql"])
def open_it(request: pytest.FixtureRequest, open_database: OpenDatabase) -> Callable[[], Database]:
    """Opens one and the same database, again and again."""
    url = request.getfixturevalue(f"{request.param}_url")
    return lambda: open_database(url)


@pytest.fixture
def database(open_it: Callable[[], Database]) -> Database:
    """This process's."""
    return open_it()


@pytest.fixture
def store(database: Database) -> SqlStore:
    """It keeps a product of ten chairs, four of them promised, and one of tables."""
    store = sql_store(database)
    last_result(store, BatchCreated("b1", "CHAIR", 10), BatchCreated("t1", "TABLE", 10))
    last_result(store, AllocationRequired("o1", "CHAIR", 4))
    return store


def allocated_from(transaction: Transaction, message: Event) -> str | None:
    """The batch from which a message had a line allocated."""
    raised = accepted(transaction, message)
    return next((event.batchref for event in raised if isinstance(event, Allocated)), None)


def last_result(store: SqlStore, *messages: Event) -> str | None:
    """The same of the last message of a group, which is committed."""
    with store.begin() as transaction:
        transaction.prefetch(messages)
        results = [allocated_from(transaction, message) for message in messages]
        transaction.commit()
    return results[-1]


def test_changes_of_another_process_are_seen_after_a_group_of_another_product(
    store: SqlStore, open_it: Callable[[], Database]
) -> None:
    last_result(sql_store(open_it()), SHRUNK)
    assert last_result(store, AllocationRequired("o2", "TABLE", 1)) == "t1"
    assert last_result(store, ONE_MORE) is None


def test_changes_of_another_connection_are_seen(store: SqlStore, database: Database) -> None:
    change_batch_quantity(SHRUNK, SqlAlchemyUnitOfWork(database))
    assert last_result(store, ONE_MORE) is None


def test_changes_between_two_commits_of_a_transaction_are_seen(
    store: SqlStore, open_it: Callable[[], Database]
) -> None:
    with store.begin() as transaction:
        assert allocated_from(transaction, AllocationRequired("o2", "CHAIR", 1)) == "b1"
        transaction.commit()
        last_result(sql_store(open_it()), SHRUNK)
        assert allocated_from(transaction, AllocationRequired("o3", "CHAIR", 1)) is None


def test_uncommitted_changes_are_not_cached(store: SqlStore) -> None:
    with store.begin() as transaction:
        assert allocated_from(transaction, AllocationRequired("o2", "CHAIR", 6)) == "b1"
    assert last_result(store, ONE_MORE) == "b1"
