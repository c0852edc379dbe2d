"""The store as one process has it: a real one, struck by faults wherever it is called."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from allocation.messaging.log import Entry, Status
from allocation.messaging.ports import Store, Transaction
from tests.chaos.simulation.faults import Faults
from tests.support.wrapped_store import WrappedStore


@dataclass(frozen=True)
class Hooks:
    """The calls of a store to the world around it."""

    faults: Faults
    pass_by: Callable[[str], None]
    """Called at every place where a process can be struck."""
    overtake: Callable[[], None]
    """Gives another process the chance to commit first."""
    linger: Callable[[], None]
    """Lets other processes go on while this one waits for the store."""


def _struck(name: str) -> Callable[..., Any]:
    """A method of the transaction, at the beginning of which the process can be struck."""

    def call(self: "StruckTransaction", *arguments: Any, **options: Any) -> Any:
        self.server(name)
        return getattr(self.wrapped, name)(*arguments, **options)

    return call


class StruckTransaction:
    """The transaction of one group, which passes everything on to one of the store."""

    prefetch, find, blocked = map(_struck, ("prefetch", "find", "blocked"))
    incomplete, outgoing, ahead = map(_struck, ("incomplete", "outgoing", "ahead"))

    def __init__(self, transaction: Transaction, hooks: Hooks) -> None:
        self.wrapped = transaction
        self._hooks = hooks
        self.server = hooks.pass_by
        """Identifies the process whose transaction it is."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wrapped, name)

    def pending(self, *arguments: Any, **options: Any) -> list[Entry] | None:
        self._hooks.pass_by("pending")
        if self._hooks.faults.backlog_taken():
            return None
        return self.wrapped.pending(*arguments, **options)

    def write(self, entry: Entry) -> None:
        self.wrapped.write(entry)

    def commit(self) -> None:
        self._hooks.pass_by("commit")
        self._hooks.overtake()
        self.wrapped.commit()
        self._hooks.faults.unknown_after("commit")
        self._hooks.pass_by("commit's end")


class StruckStore(WrappedStore):
    """A process's view of a store that all processes share."""

    def __init__(self, store: Store, hooks: Hooks) -> None:
        super().__init__(store)
        self._hooks = hooks

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        self._hooks.linger()
        self._hooks.pass_by("begin")
        with self.wrapped.begin() as transaction:
            yield cast(Transaction, StruckTransaction(transaction, self._hooks))
        self._hooks.linger()
        self._hooks.pass_by("the answer")

    def due(self, now: datetime) -> Collection[Status]:
        self._hooks.pass_by("due")
        return super().due(now)
