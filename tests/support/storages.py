"""The three places where state and log can be kept, opened as often as a test likes."""

from collections.abc import Callable
from typing import Protocol

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryStore, MemoryUnitOfWork
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.store import SqlStore
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.messaging.ports import Store

OpenDatabase = Callable[[str], Database]


class Storage(Protocol):
    """One place; everything that is opened on it sees what the others have committed."""

    def store(self) -> Store:
        """Open a store, as a process that has just started would."""

    def uow(self) -> StandaloneUnitOfWork:
        """Open a unit of work, as a process that has just started would."""


class InMemory:
    """A place in memory."""

    def __init__(self) -> None:
        self._memory = Memory()

    def store(self) -> MemoryStore:
        return MemoryStore(self._memory)

    def uow(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork(self._memory)


class InDatabase:
    """A database; every opening has connections of its own."""

    def __init__(self, url: str, open_database: OpenDatabase) -> None:
        self._url = url
        self._open = open_database

    def store(self) -> SqlStore:
        return SqlStore(self._open(self._url))

    def uow(self) -> SqlAlchemyUnitOfWork:
        return SqlAlchemyUnitOfWork(self._open(self._url))
