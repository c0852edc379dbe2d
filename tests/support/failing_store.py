"""A store in memory that fails, or is overtaken, when a test says so."""

from collections.abc import Callable

from allocation.adapters.memory.log import MemoryLogStore
from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryTransaction
from allocation.messaging.errors import StoreUnavailable
from allocation.service_layer.messagebus import REGISTRY


class FailingStore(MemoryLogStore):
    """`fails`: no commit happens; `overtaken` is called before every commit.

    As if the disk were full, and as if another process had come in between.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        super().__init__(lambda: FailingTransaction(self))
        self.fails = False
        self.overtaken: Callable[[], None] = lambda: None


class FailingTransaction(MemoryTransaction):
    """Asks before it commits."""

    def __init__(self, store: FailingStore) -> None:
        super().__init__(store.memory, REGISTRY)
        self._store = store

    def commit(self) -> None:
        """Keep everything, or nothing."""
        if self._store.fails:
            raise StoreUnavailable("disk full")
        self._store.overtaken()
        super().commit()
