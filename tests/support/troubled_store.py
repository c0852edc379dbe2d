"""A store on a database that fails when a test says so."""

from collections.abc import Iterator
from contextlib import contextmanager

from allocation.adapters.sql.engine.database import Database
from allocation.messaging.ports import Transaction
from tests.support.storages import sql_store
from tests.support.wrapped_store import WrappedStore


class TroubledStore(WrappedStore):
    """Raises its `trouble` at every transaction, as long as it has one."""

    def __init__(self, database: Database) -> None:
        super().__init__(sql_store(database))
        self.trouble: Exception | None = None

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        if self.trouble is not None:
            raise self.trouble
        with self.wrapped.begin() as transaction:
            yield transaction
