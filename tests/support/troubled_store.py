"""A store on a database that has troubles, when a test says so."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from allocation.adapters.sql.engine.database import Database
from allocation.messaging.log import Status
from allocation.messaging.ports import Transaction
from tests.support.storages import sql_store


class TroubledStore:
    """Raises its `trouble` at every transaction, as long as it has one."""

    def __init__(self, database: Database) -> None:
        self._store = sql_store(database)
        self.trouble: Exception | None = None

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        if self.trouble is not None:
            raise self.trouble
        with self._store.begin() as transaction:
            yield transaction

    def due(self, now: datetime) -> Collection[Status]:
        return self._store.due(now)
