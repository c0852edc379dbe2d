"""The places where state and log can be stored, opened as often as a test likes."""

from collections.abc import Callable
from typing import Protocol

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryStore, MemoryUnitOfWork
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.store import SqlStore
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.messaging.ports import Store
from allocation.service_layer.messagebus import REGISTRY
from tests.support.toy_store import ToyStore

LOGS = ("memory", "toy", "sqlite", "postgresql")
"""The stores that have a log, for the contract of logs."""

OpenDatabase = Callable[[str], Database]


def sql_store(database: Database) -> SqlStore:
    """The store of this application on a database."""
    return SqlStore(database, REGISTRY)


def memory_store(memory: Memory | None = None) -> MemoryStore:
    """The store of this application in memory."""
    return MemoryStore(REGISTRY, memory)


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
        return memory_store(self._memory)

    def uow(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork(self._memory)


class InToyStore:
    """The place of the toy domain, which has a log and no stock."""

    def __init__(self) -> None:
        self._memory = Memory()

    def store(self) -> ToyStore:
        return ToyStore(self._memory)

    def uow(self) -> StandaloneUnitOfWork:
        raise NotImplementedError("it has no stock")


class InDatabase:
    """A database; every opening has connections of its own."""

    def __init__(self, url: str, open_database: OpenDatabase) -> None:
        self._url = url
        self._open = open_database

    def store(self) -> SqlStore:
        return sql_store(self._open(self._url))

    def uow(self) -> SqlAlchemyUnitOfWork:
        return SqlAlchemyUnitOfWork(self._open(self._url))
