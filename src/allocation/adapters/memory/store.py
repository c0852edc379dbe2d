"""The stock and its message log in memory, and a unit of work on the stock."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date

from allocation.adapters.dates import TodayOf, current_date, date_in_utc
from allocation.adapters.memory.log import MemoryLogStore, MemoryLogTransaction
from allocation.adapters.memory.session import Memory, MemorySession
from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.domain.policies import STANDARD, Policies
from allocation.messaging.registry import Registry


class MemoryUnitOfWork(StandaloneUnitOfWork):
    """A unit of work in memory; all units of one `Memory` share the committed state.

    Unless it is given, `today` is the date in UTC when the unit of work is made.
    """

    def __init__(
        self,
        memory: Memory | None = None,
        policies: Policies = STANDARD,
        today: date | None = None,
    ) -> None:
        shared = memory if memory is not None else Memory()

        @contextmanager
        def session() -> Iterator[MemorySession]:
            yield MemorySession(shared, policies=policies)

        super().__init__(session, today or current_date())


class MemoryTransaction(MemoryLogTransaction):
    """The transaction of one group of messages about the stock."""

    def __init__(
        self,
        memory: Memory,
        registry: Registry,
        policies: Policies = STANDARD,
        today_of: TodayOf = date_in_utc,
    ) -> None:
        self._memory = memory
        self._session = MemorySession(memory, registry, policies, today_of)
        super().__init__(memory, self._session)


class MemoryStore(MemoryLogStore):
    """The stock's log and state in memory."""

    def __init__(
        self,
        registry: Registry,
        memory: Memory | None = None,
        policies: Policies = STANDARD,
        today_of: TodayOf = date_in_utc,
    ) -> None:
        self.registry = registry
        self.memory = memory if memory is not None else Memory()
        self._policies = policies
        self._today_of = today_of
        super().__init__(lambda: self._transaction(self.memory))

    def snapshot(self) -> AbstractContextManager[MemoryLogTransaction]:
        """Open a transaction on what is committed now, which is never committed itself."""
        committed = Memory(dict(self.memory.entries), products=dict(self.memory.products))
        return self._opened(self._transaction(committed))

    def _transaction(self, memory: Memory) -> MemoryTransaction:
        return MemoryTransaction(memory, self.registry, self._policies, self._today_of)
