"""What two processes do to each other on PostgreSQL, step by step."""

import pytest

from allocation.adapters.sql.database import Database
from allocation.adapters.sql.store import SqlStore
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged
from allocation.messaging.errors import Conflict
from allocation.service_layer import handlers
from tests.support.groups import accepted, discarded, unit_of
from tests.support.pictures import Picture, seen_by
from tests.support.storages import OpenDatabase


@pytest.fixture
def mine(postgresql_url: str, open_database: OpenDatabase) -> Database:
    """This process's database, with a batch of ten chairs, four of them promised."""
    database = open_database(postgresql_url)
    uow = SqlAlchemyUnitOfWork(database)
    handlers.add_batch(BatchCreated("b1", "CHAIR", 10), uow)
    handlers.allocate(AllocationRequired("o1", "CHAIR", 4), uow)
    return database


@pytest.fixture
def theirs(postgresql_url: str, open_database: OpenDatabase) -> SqlAlchemyUnitOfWork:
    """Another process's unit of work."""
    return SqlAlchemyUnitOfWork(open_database(postgresql_url))


def chair(uow: SqlAlchemyUnitOfWork) -> Picture:
    found = seen_by(uow, "CHAIR")
    assert found is not None
    return found


def test_a_product_read_again_does_not_hide_a_conflict(
    mine: Database, theirs: SqlAlchemyUnitOfWork
) -> None:
    """It is changed, somebody else commits, a discarded unit makes it be read anew."""
    with pytest.raises(Conflict), SqlStore(mine).begin() as transaction:
        accepted(transaction, AllocationRequired("mine", "CHAIR", 5))
        handlers.allocate(AllocationRequired("theirs", "CHAIR", 5), theirs)
        discarded(transaction, AllocationRequired("never", "CHAIR", 1))
        accepted(transaction, AllocationRequired("o3", "CHAIR", 1))
        transaction.commit()
    found = chair(theirs).batches["b1"]
    assert found.allocated == sum(qty for _, qty in found.losing) == 9
    assert found.losing == (("theirs", 5), ("o1", 4))


def test_a_group_sees_one_state_throughout(mine: Database, theirs: SqlAlchemyUnitOfWork) -> None:
    """The product and its lines are read at different times, and must fit together."""
    with SqlStore(mine).begin() as transaction:
        unit = unit_of(transaction)
        with unit:
            product = unit.products.get("CHAIR")
            handlers.change_batch_quantity(BatchQuantityChanged("b1", 0), theirs)
            assert product is not None
            product.change_batch_quantity("b1", 2)
            assert [e.orderid for e in product.events if isinstance(e, AllocationRequired)] == [
                "o1"
            ]


def test_a_batch_that_came_meanwhile_is_a_conflict(
    mine: Database, theirs: SqlAlchemyUnitOfWork
) -> None:
    with pytest.raises(Conflict), SqlStore(mine).begin() as transaction:
        accepted(transaction, BatchCreated("b2", "TABLE", 2))
        handlers.add_batch(BatchCreated("b2", "LAMP", 1), theirs)
        transaction.commit()
    assert seen_by(theirs, "TABLE") is None
