"""A store that ends its own process at a named point, as `kill -9` would.

It stands around the real store and keeps to the ports, so that everything that is done
to the database is done by the real one.
"""

import os
import signal
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.messaging.log import Entry
from allocation.messaging.ports import Transaction
from allocation.service_layer.ports import Products
from allocation.service_layer.unit_of_work import AbstractUnitOfWork
from tests.support.storages import sql_store
from tests.support.wrapped_store import WrappedStore, WrappedTransaction


class Fuse:
    """Blows when a place is passed for the n-th time: `handled@3` is the third time."""

    def __init__(self, point: str) -> None:
        place, _, time = point.partition("@")
        self._place, self._time = place, int(time)
        self._passed: Counter[str] = Counter()

    def pass_by(self, place: str) -> None:
        """Go on, or end here: nothing is closed, nothing is said."""
        self._passed[place] += 1
        if place == self._place and self._passed[place] == self._time:
            os.kill(os.getpid(), signal.SIGKILL)


class KillingDatabase(Database):
    """A database whose drivers end the process before they say COMMIT."""

    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url)
        self._fuse = fuse

    def new_transaction_connection(self) -> TransactionConnection:
        return _KillingConnection(self.engine, self._fuse)


class _KillingConnection(TransactionConnection):
    def __init__(self, engine: Engine, fuse: Fuse) -> None:
        super().__init__(engine)
        self._fuse = fuse

    def commit(self) -> None:
        self._fuse.pass_by("flushed")  # all is written by now
        super().commit()


class KillingStore(WrappedStore):
    """The store of a database."""

    def __init__(self, database: Database, fuse: Fuse) -> None:
        super().__init__(sql_store(database))
        self._fuse = fuse

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        self._fuse.pass_by("before begin")
        with self.wrapped.begin() as transaction:
            self._fuse.pass_by("begun")
            yield KillingTransaction(transaction, self._fuse)


class KillingTransaction(WrappedTransaction):
    """The transaction of one group."""

    def __init__(self, transaction: Transaction, fuse: Fuse) -> None:
        super().__init__(transaction)
        self._fuse = fuse

    def unit(self) -> "KillingUnit":
        unit = super().unit()
        assert isinstance(unit, AbstractUnitOfWork)
        return KillingUnit(unit, self._fuse)

    def prefetch(self, messages: Iterable[object], besides: Collection[str] = ()) -> None:
        super().prefetch(messages, besides)
        self._fuse.pass_by("foreseen")

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        entries = super().find(ids)
        self._fuse.pass_by("looked up")
        return entries

    def pending(
        self, limit: int, now: datetime, besides: Collection[str] = ()
    ) -> list[Entry] | None:
        entries = super().pending(limit, now, besides)
        self._fuse.pass_by("backlog read")
        return entries

    def write(self, entry: Entry) -> None:
        super().write(entry)
        self._fuse.pass_by("noted")

    def commit(self) -> None:
        self._fuse.pass_by("before commit")
        super().commit()
        self._fuse.pass_by("committed")


class KillingUnit(AbstractUnitOfWork):
    """The unit of work of one message, as the handler and the group see it."""

    def __init__(self, unit: AbstractUnitOfWork, fuse: Fuse) -> None:
        self._unit = unit
        self._fuse = fuse

    @property
    def products(self) -> Products:  # type: ignore[override]  # changes when it is entered
        return self._unit.products

    @property
    def raised(self) -> Sequence[object]:
        raised: Sequence[object] = self._unit.raised  # type: ignore[attr-defined]  # as ports.Unit
        return raised

    def __enter__(self) -> Self:
        self._fuse.pass_by("handling")
        self._unit.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._unit.__exit__(kind, error, traceback)
        self._fuse.pass_by("handled")

    def _commit(self) -> None:
        self._fuse.pass_by("before the handler's commit")
        self._unit.commit()
        self._fuse.pass_by("after the handler's commit")

    def rollback(self) -> None:
        self._unit.rollback()

    def release(self) -> bool:
        changed: bool = self._unit.release()  # type: ignore[attr-defined]  # as ports.Unit has it
        self._fuse.pass_by("accepted")
        return changed

    def undo(self) -> None:
        self._unit.undo()  # type: ignore[attr-defined]  # as ports.Unit has it
