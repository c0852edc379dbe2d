"""The store as one process has it: in memory, and struck by faults wherever it is asked."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryStore, MemoryTransaction
from allocation.messaging.log import Entry, Status
from tests.simulation.faults import Faults


class StruckTransaction(MemoryTransaction):
    """One group; `pass_by` is called at every place where a process can be struck."""

    def __init__(
        self,
        memory: Memory,
        faults: Faults,
        pass_by: Callable[[str], None],
        overtake: Callable[[], None],
    ) -> None:
        super().__init__(memory)
        self._faults = faults
        self._pass_by = pass_by
        self._overtake = overtake
        self.server = pass_by
        """Whose transaction it is."""

    def prefetch(self, messages: Iterable[object], besides: Collection[str] = ()) -> None:
        self._pass_by("prefetch")

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        self._pass_by("find")
        return super().find(ids)

    def pending(
        self, limit: int, now: datetime, besides: Collection[str] = ()
    ) -> list[Entry] | None:
        self._pass_by("pending")
        return super().pending(limit, now, besides)

    def blocked(self, keys: Collection[str], now: datetime) -> set[str]:
        self._pass_by("blocked")
        return super().blocked(keys, now)

    def incomplete(self, chains: Collection[str], now: datetime) -> set[str]:
        self._pass_by("going on")
        return super().incomplete(chains, now)

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        self._pass_by("outgoing")
        return super().outgoing(limit, now)

    def ahead(self, limit: int, now: datetime) -> list[Entry]:
        self._pass_by("ahead")
        return super().ahead(limit, now)

    def commit(self) -> None:
        self._pass_by("commit")
        self._overtake()
        super().commit()
        self._faults.unknown_after("commit")
        self._pass_by("commit's end")


class StruckStore(MemoryStore):
    """What is committed in `memory` is there for all processes."""

    def __init__(
        self,
        memory: Memory,
        faults: Faults,
        pass_by: Callable[[str], None],
        overtake: Callable[[], None] = lambda: None,
        linger: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(memory)
        self._faults = faults
        self._pass_by = pass_by
        self._overtake = overtake
        self._linger = linger

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        self._linger()
        self._pass_by("begin")
        transaction = StruckTransaction(self.memory, self._faults, self._pass_by, self._overtake)
        try:
            yield transaction
        finally:
            transaction.release()
        self._linger()
        self._pass_by("the answer")

    def due(self, now: datetime) -> Collection[Status]:
        self._pass_by("due")
        return super().due(now)
