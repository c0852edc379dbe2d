"""A store for the notebook: the one in memory, with lines for its state.

It passes tests/contract; its commits fail when a test says so.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryStore, MemoryTransaction
from allocation.messaging.log import Entry, Status
from allocation.messaging.registry import Registry
from allocation.service_layer.messagebus import REGISTRY as STOCK
from tests.support.toy_domain import REGISTRY as TOYS

ENDLESS = 1000
"""Commits that fail one after another are an endless retry, which no test waits for."""

REGISTRY = Registry(*TOYS.entries, *STOCK.entries)
"""Those of the stock, too, with which the contract suite puts stores to the test."""


class ToyStore(MemoryStore):
    """Lines and log in memory.

    `failures` are raised by the next commits, one each; those in `failures_after` once
    the commit has been done.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        super().__init__(REGISTRY, memory)
        self.lines: list[str] = []
        self.ink = True
        self.failures: deque[Exception] = deque()
        self.failures_after: deque[Exception] = deque()
        self.commits: list[int] = []
        self.failed_commits = 0
        self.begun: Callable[[], None] = lambda: None
        """Called when a transaction has begun."""
        self.unwritable: object = None
        """A message that cannot be written."""

    @property
    def entries(self) -> dict[str, Entry]:
        """The log, by ids."""
        return self.memory.entries

    @contextmanager
    def begin(self) -> Iterator["ToyTransaction"]:
        """Open a transaction; leaving it without a commit rolls it back."""
        assert self.failed_commits < ENDLESS, "the commit is retried without end"
        self.begun()
        transaction = ToyTransaction(self)
        try:
            yield transaction
        finally:
            transaction.release()

    def due(self, now: datetime) -> Collection[Status]:
        """The statuses of entries that can go on by now."""
        transaction = MemoryTransaction(self.memory, REGISTRY)
        due = [*transaction.pending(1, now), *transaction.outgoing(1, now)]
        transaction.release()
        return {entry.status for entry in due}

    def log(self) -> list[object]:
        """The messages, in the order of the log."""
        return [entry.envelope.message for entry in self.entries.values()]

    def entry_of(self, message: object) -> Entry:
        """The entry of this message."""
        [entry] = [e for e in self.entries.values() if e.envelope.message == message]
        return entry


class ToyTransaction(MemoryTransaction):
    """The transaction of one group."""

    def __init__(self, store: ToyStore) -> None:
        super().__init__(store.memory, REGISTRY)
        self.store = store
        self.lines: list[str] = []
        self._messages: dict[str, object] = {}

    def unit(self) -> "ToyUnit":
        """A unit of work in this group."""
        return ToyUnit(self)

    def ordering_keys(self, message: object) -> Collection[str]:
        """The words before the colons."""
        return getattr(message, "text", "").split(": ")[:-1]

    def write(self, entry: Entry) -> None:
        """Add the entry, or replace what was written for its id."""
        self._messages[entry.envelope.id] = entry.envelope.message
        super().write(entry)

    def commit(self) -> None:
        """Keep everything, or nothing."""
        self.store.failed_commits += 1
        if self.store.failures:
            raise self.store.failures.popleft()
        if self.store.unwritable in self._messages.values():
            self.store.failed_commits = 0
            raise UnicodeEncodeError("latin-1", "bad", 0, 1, "it cannot be written")
        super().commit()
        self.store.failed_commits = 0
        self.store.lines += self.lines
        self.store.commits.append(len(self._messages))
        if self.store.failures_after:
            raise self.store.failures_after.popleft()


class ToyUnit:
    """The unit of work of one message."""

    raised: Sequence[object]

    def __init__(self, transaction: ToyTransaction) -> None:
        self._transaction = transaction
        self._lines: list[str] = []
        self._events: list[object] = []
        self.raised = []
        self.ink = transaction.store.ink

    def write_down(self, text: str) -> None:
        """Write a line."""
        self._lines.append(text)

    def follow(self, *messages: object) -> None:
        """Raise messages."""
        self._events.extend(messages)

    def collect_new_events(self) -> Sequence[object]:
        """Keep what was raised for the log."""
        self.raised = [*self.raised, *self._events]
        self._events = []
        return ()

    def release(self) -> bool:
        """Hand the lines over to the group."""
        self._transaction.lines += self._lines
        return bool(self._lines)

    def undo(self) -> None:
        """Drop them."""
        self.raised = []
        self._lines.clear()
