"""A store in memory that fails, or is overtaken, when a test says so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryStore, MemoryTransaction
from allocation.messaging.errors import StoreUnavailable
from allocation.service_layer.messagebus import REGISTRY

ENDLESS: Final = 1000
"""Commits that fail one after another are an endless retry, which no test waits for."""


class FailingTransaction(MemoryTransaction):
    """Asks before it commits."""

    committed = False

    def __init__(self, memory: Memory, before_commit: Callable[[], None]) -> None:
        super().__init__(memory, REGISTRY)
        self._before_commit = before_commit

    def commit(self) -> None:
        """Keep everything, or nothing."""
        self._before_commit()
        super().commit()
        self.committed = True


class FailingStore(MemoryStore):
    """`fails`: no commit happens; `overtaken` is called before every commit.

    As if the disk were full, and as if another process had come in between.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        super().__init__(REGISTRY, memory)
        self.fails = False
        self.uncommitted = 0
        self.overtaken: Callable[[], None] = lambda: None

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        """Open a transaction; leaving it without a commit rolls it back."""
        assert self.uncommitted < ENDLESS, "the commit is retried without end"
        self.uncommitted += 1
        transaction = FailingTransaction(self.memory, self._before_commit)
        try:
            yield transaction
        finally:
            transaction.release()
        if transaction.committed:
            self.uncommitted = 0

    def _before_commit(self) -> None:
        if self.fails:
            raise StoreUnavailable("disk full")
        self.overtaken()
