"""A store for the notebook: the one in memory, with lines for its state.

It passes tests/contract; its commits fail when a test says so.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from datetime import datetime

from allocation.adapters.memory.log import MemoryLogStore, MemoryLogTransaction
from allocation.adapters.memory.session import Memory, MemorySession
from allocation.messaging.errors import Locked
from allocation.messaging.log import Entry, Status
from allocation.messaging.ports import LockedKey
from allocation.service_layer.messagebus import REGISTRY


class ToyStore(MemoryLogStore):
    """Lines and log in memory.

    `failures` are raised by the next commits, one each; those in `failures_after` once
    the commit has been done.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory if memory is not None else Memory()
        super().__init__(lambda: ToyTransaction(self))
        self.lines: list[str] = []
        self.ink = True
        self.failures: deque[Exception] = deque()
        self.failures_after: deque[Exception] = deque()
        self.commits: list[int] = []
        self.times: list[datetime] = []
        """The time that each unit of work was given."""
        self.begun: Callable[[], None] = lambda: None
        """Called when a transaction has begun."""
        self.locking: Callable[[], None] = lambda: None
        """Called before the state of a group is locked."""
        self.unwritable: object = None
        """A message that cannot be written."""
        self.locked: set[str] = set()
        """The ordering keys that another transaction keeps locked."""
        self.backlog_is_taken = False
        """Whether another server handles the backlog now."""

    @property
    def entries(self) -> dict[str, Entry]:
        """The log, by ids."""
        return self.memory.entries

    @contextmanager
    def begin(self) -> Iterator[MemoryLogTransaction]:
        """Open a transaction; leaving it without a commit rolls it back."""
        self.begun()
        with super().begin() as transaction:
            yield transaction

    @contextmanager
    def snapshot(self) -> Iterator[MemoryLogTransaction]:
        """Open a transaction that waits for no lock."""
        self.begun()
        with self._opened(ToyTransaction(self, locks=False)) as transaction:
            yield transaction

    def due(self, now: datetime) -> Collection[Status]:
        """The statuses of entries that can go on by now."""
        transaction = ToyTransaction(self)
        due = [*(transaction.pending(1, now) or ()), *transaction.outgoing(1, now)]
        transaction.release()
        return {entry.status for entry in due}

    @property
    def causes(self) -> dict[str, tuple[str | None, str]]:
        """The text of each message, with that of its cause and of the root of its chain."""
        envelopes = {id: entry.envelope for id, entry in self.entries.items()}
        texts = {id: str(vars(envelope.message)["text"]) for id, envelope in envelopes.items()}
        return {
            texts[id]: (texts.get(envelope.causation_id or ""), texts[envelope.correlation_id])
            for id, envelope in envelopes.items()
        }

    def entry_of(self, message: object) -> Entry:
        """The entry of this message."""
        [entry] = [e for e in self.entries.values() if e.envelope.message == message]
        return entry


class ToyState(MemorySession):
    """The lines of a group; the ordering keys of notes, which others may keep locked."""

    def __init__(self, store: "ToyStore", *, locks: bool = True) -> None:
        super().__init__(store.memory, REGISTRY)
        self.store = store
        self._locks = locks
        self.lines: list[str] = []

    def unit(self, now: datetime) -> "ToyUnit":  # type: ignore[override]
        """A unit of work that adds lines."""
        self.store.times.append(now)
        return ToyUnit(self)

    def prefetch(self, messages: Iterable[object], excluding: Collection[str] = ()) -> None:
        """Find out whether another transaction keeps something of them locked."""
        if not self._locks:
            return
        self.store.locking()
        keys = {key for message in messages for key in self.ordering_keys(message)}
        if not keys.difference(excluding).isdisjoint(self.store.locked):
            raise Locked()

    def held(self, keys: Collection[str]) -> set[LockedKey]:
        """The keys that another transaction keeps locked."""
        return {(key, "another") for key in self.store.locked.intersection(keys)}

    def ordering_keys(self, message: object) -> Set[str]:
        """The words before the colons; of a message about stock, those of stock."""
        return set(_topics(message)) or super().ordering_keys(message)

    def ordering_key(self, message: object) -> str | None:
        """The first of them."""
        return next(iter(_topics(message)), None) or super().ordering_key(message)


def _topics(message: object) -> Sequence[str]:
    return getattr(message, "text", "").split(": ")[:-1]


class ToyTransaction(MemoryLogTransaction):
    """The transaction of one group."""

    def __init__(self, store: ToyStore, *, locks: bool = True) -> None:
        self._toy = ToyState(store, locks=locks)
        super().__init__(store.memory, self._toy)
        self.store = store
        self._messages: dict[str, object] = {}

    def pending(
        self, limit: int, now: datetime, excluding: Collection[str] = ()
    ) -> list[Entry] | None:
        """The first PENDING entries that are due; None while another server handles them."""
        return None if self.store.backlog_is_taken else super().pending(limit, now, excluding)

    def write(self, entry: Entry) -> None:
        """Add the entry, or replace what was written for its id."""
        self._messages[entry.envelope.id] = entry.envelope.message
        super().write(entry)

    def commit(self) -> None:
        """Keep everything, or nothing."""
        if self.store.failures:
            raise self.store.failures.popleft()
        if self.store.unwritable in self._messages.values():
            raise UnicodeEncodeError("latin-1", "bad", 0, 1, "it cannot be written")
        super().commit()
        self.store.lines += self._toy.lines
        self.store.commits.append(len(self._messages))
        if self.store.failures_after:
            raise self.store.failures_after.popleft()


class ToyUnit:
    """The unit of work of one message."""

    raised: Sequence[object]

    def __init__(self, state: ToyState) -> None:
        self._state = state
        self._lines: list[str] = []
        self._events: list[object] = []
        self.raised = []
        self.ink = state.store.ink

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
        self._state.lines += self._lines
        return bool(self._lines)

    def undo(self) -> None:
        """Drop them."""
        self.raised = []
        self._lines.clear()
