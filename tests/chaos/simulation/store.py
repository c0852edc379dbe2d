"""The store as one process has it: a real one, struck by faults wherever it is called."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from allocation.messaging.log import Entry, Status
from allocation.messaging.ports import Store, Transaction
from tests.chaos.simulation.faults import Faults
from tests.support.wrapped_store import WrappedStore, WrappedTransaction


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


class StruckTransaction(WrappedTransaction):
    """The transaction of one group."""

    def __init__(self, transaction: Transaction, hooks: Hooks) -> None:
        super().__init__(transaction)
        self._hooks = hooks
        self.server = hooks.pass_by
        """Identifies the process whose transaction it is."""

    def prefetch(self, messages: Iterable[object], besides: Collection[str] = ()) -> None:
        self._hooks.pass_by("prefetch")
        super().prefetch(messages, besides)

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        self._hooks.pass_by("find")
        return super().find(ids)

    def pending(
        self, limit: int, now: datetime, besides: Collection[str] = ()
    ) -> list[Entry] | None:
        self._hooks.pass_by("pending")
        if self._hooks.faults.backlog_taken():
            return None
        return super().pending(limit, now, besides)

    def blocked(self, keys: Collection[str], now: datetime) -> set[str]:
        self._hooks.pass_by("blocked")
        return super().blocked(keys, now)

    def incomplete(self, chains: Collection[str], now: datetime) -> set[str]:
        self._hooks.pass_by("incomplete")
        return super().incomplete(chains, now)

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        self._hooks.pass_by("outgoing")
        return super().outgoing(limit, now)

    def ahead(self, limit: int, now: datetime) -> list[Entry]:
        self._hooks.pass_by("ahead")
        return super().ahead(limit, now)

    def commit(self) -> None:
        self._hooks.pass_by("commit")
        self._hooks.overtake()
        super().commit()
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
            yield StruckTransaction(transaction, self._hooks)
        self._hooks.linger()
        self._hooks.pass_by("the answer")

    def due(self, now: datetime) -> Collection[Status]:
        self._hooks.pass_by("due")
        return super().due(now)
