"""A store for the notebook, whose commits fail when a test says so."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from datetime import datetime

from allocation.messaging.clock_skew import farthest
from allocation.messaging.errors import Conflict, Locked
from allocation.messaging.log import UNFINISHED, Entry, Status

ENDLESS = 1000
"""Commits that fail one after another are an endless retry, which no test waits for."""


class ToyStore:
    """Lines and log in memory.

    `failures` are raised by the next commits, one each; those in `failures_after` once
    the commit has been done.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.entries: dict[str, Entry] = {}
        self.ink = True
        self.failures: deque[Exception] = deque()
        self.failures_after: deque[Exception] = deque()
        self.commits: list[int] = []
        self.failed_commits = 0
        self.begun: Callable[[], None] = lambda: None
        """Called when a transaction has begun."""
        self.locked: set[str] = set()
        """The ordering keys that somebody else keeps locked."""
        self.backlog_is_taken = False
        """Whether another server has the backlog in hand."""
        self.unwritable: object = None
        """A message that cannot be written."""

    @contextmanager
    def begin(self) -> Iterator["ToyTransaction"]:
        """Open a transaction; leaving it without a commit rolls it back."""
        assert self.failed_commits < ENDLESS, "the commit is retried without end"
        self.begun()
        yield ToyTransaction(self)

    def due(self, now: datetime) -> Collection[Status]:
        """Of which statuses there are entries that can be gone on with by now."""
        unfinished = [
            e for e in self.entries.values() if e.status in (Status.PENDING, Status.OUTGOING)
        ]
        return {entry.status for entry in unfinished if entry.is_due(now)}

    def log(self) -> list[object]:
        """The messages, in the order of the log."""
        return [entry.envelope.message for entry in self.entries.values()]

    def entry_of(self, message: object) -> Entry:
        """The entry of this message."""
        [entry] = [e for e in self.entries.values() if e.envelope.message == message]
        return entry


class ToyTransaction:
    """One group."""

    def __init__(self, store: ToyStore) -> None:
        self.store = store
        self.lines: list[str] = []
        self._read: dict[str, Entry] = {}
        self._written: dict[str, Entry] = {}
        self._given: set[str] = set()

    def unit(self) -> "ToyUnit":
        """A unit of work in this group."""
        return ToyUnit(self)

    def prefetch(self, messages: Iterable[object], besides: Collection[str] = ()) -> None:
        """See whether somebody has locked anything of these."""
        keys = {key for message in messages for key in self.ordering_keys(message)}
        if not keys.difference(besides).isdisjoint(self.store.locked):
            raise Locked()

    def held(self, keys: Collection[str]) -> set[str]:
        """Those that somebody has locked."""
        return self.store.locked.intersection(keys)

    def ordering_keys(self, message: object) -> Set[str]:
        """What comes before the colons."""
        return set(getattr(message, "text", "").split(": ")[:-1])

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """The entries of these ids."""
        recorded = self.store.entries
        self._read.update({key: recorded[key] for key in ids if key in recorded})
        known = self._read | self._written
        return {key: known[key] for key in ids if key in known}

    def pending(
        self, limit: int, now: datetime, besides: Collection[str] = ()
    ) -> list[Entry] | None:
        """The first PENDING entries that are due; none if another has its turn."""
        if self.store.backlog_is_taken:
            return None
        entries = self._due(Status.PENDING, limit, now, besides)
        self._given.update(entry.envelope.id for entry in entries)
        return entries

    def has_pending(self) -> bool:
        """Whether there are PENDING entries."""
        return any(e.status is Status.PENDING for e in self.store.entries.values())

    def blocked(self, keys: Collection[str], now: datetime) -> set[str]:
        """Those of these keys that PENDING entries have, besides those that were given."""
        pending = (e for e in self.store.entries.values() if e.status is Status.PENDING)
        others = (e for e in pending if e.is_due(now) and e.envelope.id not in self._given)
        found = {key for e in others for key in self.ordering_keys(e.envelope.message)}
        return found.intersection(keys)

    def incomplete(self, chains: Collection[str], now: datetime) -> set[str]:
        """Those of these chains of which PENDING entries that are due are on record."""
        pending = (e for e in self.store.entries.values() if e.status is Status.PENDING)
        due = {e.envelope.correlation_id for e in pending if e.is_due(now)}
        return due.intersection(chains)

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        """The first OUTGOING entries that are due."""
        return self._due(Status.OUTGOING, limit, now)

    def ahead(self, limit: int, now: datetime) -> list[Entry]:
        """The first unfinished entries that are due too far ahead."""
        unfinished = [e for e in self.store.entries.values() if e.status in UNFINISHED]
        ahead = [e for e in unfinished if e.due and e.due > farthest(now)][:limit]
        self._read.update({entry.envelope.id: entry for entry in ahead})
        return ahead

    def write(self, entry: Entry) -> None:
        """Add the entry, or replace what was written for its id."""
        self._written[entry.envelope.id] = entry

    def commit(self) -> None:
        """Keep everything, or nothing."""
        self.store.failed_commits += 1
        if self.store.failures:
            raise self.store.failures.popleft()
        if self.store.unwritable in [e.envelope.message for e in self._written.values()]:
            self.store.failed_commits = 0
            raise UnicodeEncodeError("latin-1", "bad", 0, 1, "it cannot be written")
        for key in self._written:
            if self.store.entries.get(key) != self._read.get(key):
                raise Conflict("somebody else wrote this entry")
        self.store.failed_commits = 0
        self.store.lines += self.lines
        self.store.entries |= self._written
        self.store.commits.append(len(self._written))
        if self.store.failures_after:
            raise self.store.failures_after.popleft()

    def dead(self, limit: int) -> list[Entry]:
        """The first DEAD entries."""
        dead = [e for e in self.store.entries.values() if e.status is Status.DEAD][:limit]
        self._read.update({entry.envelope.id: entry for entry in dead})
        return dead

    def _due(
        self, status: Status, limit: int, now: datetime, besides: Collection[str] = ()
    ) -> list[Entry]:
        due = [
            entry
            for entry in self.store.entries.values()
            if entry.status is status
            and entry.is_due(now)
            and self.ordering_keys(entry.envelope.message).isdisjoint(besides)
        ][:limit]
        self._read.update({entry.envelope.id: entry for entry in due})
        return due


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
