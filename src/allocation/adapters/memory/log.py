"""A message log in memory; each transaction also changes the state of a domain."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock

from allocation.messaging.clock_skew import latest_due_time
from allocation.messaging.digests import Digest
from allocation.messaging.errors import Conflict, NestedTransaction
from allocation.messaging.log import UNFINISHED, Entry, Status
from allocation.messaging.ports import DomainState
from allocation.messaging.sync_bridge import execution_context


@dataclass
class MemoryLog:
    """The committed entries of a log."""

    entries: dict[str, Entry] = field(default_factory=dict)
    committing: AbstractContextManager[object] = field(default_factory=RLock)
    """Held while a transaction checks the entries it has read and writes those it has changed."""
    locked: set[str] = field(default_factory=set)
    """The ids of the OUTGOING entries that open transactions have locked."""


class MemoryLogTransaction:
    """The transaction of one group: the message log, and the state of the domain beside it."""

    def __init__(self, log: MemoryLog, state: DomainState) -> None:
        self._log = log
        self._state = state
        self._read: dict[str, Entry] = {}
        self._written: dict[str, Entry] = {}
        self._locked: set[str] = set()
        self._returned: set[str] = set()
        # The methods of the port that the state implements.
        self.unit, self.prefetch = state.unit, state.prefetch
        self.held, self.ordering_keys = state.held, state.ordering_keys

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """The entries with these ids, whether stored before or written in this transaction."""
        entries = self._log.entries
        self._read.update({id: entries[id] for id in ids if id in entries})
        visible = self._read | self._written
        return {id: visible[id] for id in ids if id in visible}

    def pending(
        self, limit: int, now: datetime, excluding: Collection[str] = ()
    ) -> list[Entry] | None:
        """The first PENDING entries that are due, in log order."""
        entries = self._due(Status.PENDING, limit, now, excluding)
        self._returned.update(entry.envelope.id for entry in entries)
        return entries

    def has_pending(self) -> bool:
        """Whether any PENDING entries are stored, due or not."""
        return any(e.status is Status.PENDING for e in self._log.entries.values())

    def blocked(self, keys: Collection[str], now: datetime) -> set[str]:
        """The subset of these ordering keys that belong to stored PENDING entries that are due."""
        pending = (e for e in self._log.entries.values() if e.status is Status.PENDING)
        others = (e for e in pending if e.is_due(now) and e.envelope.id not in self._returned)
        return {key for entry in others if (key := self._key(entry)) is not None and key in keys}

    def incomplete(self, chains: Collection[str], now: datetime) -> set[str]:
        """The subset of these chains with stored PENDING entries that are due."""
        pending = (e for e in self._log.entries.values() if e.status is Status.PENDING)
        due = {e.envelope.correlation_id for e in pending if e.is_due(now)}
        return due.intersection(chains)

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        """The OUTGOING entries that are due, earliest due time first, one per ordering key."""
        first: dict[str, Entry] = {}
        for entry in self._log.entries.values():
            if entry.status is Status.OUTGOING:
                first.setdefault(self._key(entry) or entry.envelope.id, entry)
        due = sorted(
            (e for e in first.values() if e.is_due(now)), key=lambda e: e.due or e.envelope.at
        )
        free = [e for e in due if not self._is_locked_elsewhere(e)][:limit]
        self._read.update({entry.envelope.id: entry for entry in free})
        ids = {entry.envelope.id for entry in free}
        self._locked |= ids
        self._log.locked |= ids
        return free

    def digests(self, keys: Collection[str]) -> list[Entry]:
        """The OUTGOING `Digest` entries with these ordering keys, due or not, in log order."""
        digests = [
            entry
            for entry in self._log.entries.values()
            if entry.status is Status.OUTGOING
            if isinstance(entry.envelope.message, Digest)
            if entry.envelope.message.key in keys and not self._is_locked_elsewhere(entry)
        ]
        self._read.update({entry.envelope.id: entry for entry in digests})
        return digests

    def ahead(self, limit: int, now: datetime) -> list[Entry]:
        """Unfinished entries due later than the longest delay from now, `limit` per status."""
        entries = [e for e in self._log.entries.values() if e.due and e.due > latest_due_time(now)]
        entries.sort(key=lambda entry: entry.due or now, reverse=True)
        ahead = [e for f in UNFINISHED for e in [e for e in entries if e.status is f][:limit]]
        free = [entry for entry in ahead if not self._is_locked_elsewhere(entry)]
        self._read.update({entry.envelope.id: entry for entry in free})
        return free

    def dead(self, limit: int) -> list[Entry]:
        """The first DEAD entries, in log order."""
        entries = self._log.entries.values()
        dead = [entry for entry in entries if entry.status is Status.DEAD][:limit]
        self._read.update({entry.envelope.id: entry for entry in dead})
        return dead

    def release(self) -> None:
        """Unlock the OUTGOING entries of this transaction."""
        self._log.locked -= self._locked

    def _is_locked_elsewhere(self, entry: Entry) -> bool:
        return entry.envelope.id in self._log.locked - self._locked

    def write(self, entry: Entry) -> None:
        """Add the entry, or replace the entry with the same id."""
        self._written[entry.envelope.id] = entry

    def commit(self) -> None:
        """Commit the state and the log.

        Raises:
            Conflict: another transaction has changed entries or state that this one has read.
        """
        with self._log.committing:
            self._commit()

    def _commit(self) -> None:
        for id in self._written:
            if self._log.entries.get(id) != self._read.get(id):
                raise Conflict("another transaction has changed the entry of a message")
        self._state.flush()
        self._log.entries.update(self._written)
        self._state.committed()
        self._read.update(self._written)
        self._written = {}

    def _key(self, entry: Entry) -> str | None:
        if isinstance(entry.envelope.message, Digest):
            return entry.envelope.message.key
        return self._state.ordering_key(entry.envelope.message)

    def _due(
        self, status: Status, limit: int, now: datetime, excluding: Collection[str] = ()
    ) -> list[Entry]:
        due = [
            entry
            for entry in self._log.entries.values()
            if entry.status is status
            and entry.is_due(now)
            and not (excluding and self._key(entry) in excluding)
        ][:limit]
        self._read.update({entry.envelope.id: entry for entry in due})
        return due


class MemoryLogStore:
    """A message log and the state of a domain, in memory."""

    def __init__(self, new_transaction: Callable[[], MemoryLogTransaction]) -> None:
        self._new_transaction = new_transaction
        self._writers: set[object] = set()

    @contextmanager
    def begin(self) -> Iterator[MemoryLogTransaction]:
        """Open a transaction; leaving the context without a commit rolls it back.

        Raises:
            NestedTransaction: the caller has a transaction open already.
        """
        with self._opened(self._new_transaction()) as transaction:
            yield transaction

    @contextmanager
    def _opened(self, transaction: MemoryLogTransaction) -> Iterator[MemoryLogTransaction]:
        writer = execution_context()
        if writer in self._writers:
            raise NestedTransaction()
        self._writers.add(writer)
        try:
            yield transaction
        finally:
            transaction.release()
            self._writers.discard(writer)

    def snapshot(self) -> AbstractContextManager[MemoryLogTransaction]:
        """Open a transaction that is never committed: it works on copies anyway."""
        return self.begin()

    def due(self, now: datetime) -> Collection[Status]:
        """The statuses, PENDING or OUTGOING, of entries that are due now."""
        with self.begin() as transaction:
            entries = [*(transaction.pending(1, now) or ()), *transaction.outgoing(1, now)]
        return {entry.status for entry in entries}
