"""The store in memory, and a unit of work on it."""

from collections.abc import Collection, Iterable, Iterator, Set
from contextlib import contextmanager
from datetime import datetime

from allocation.adapters.keys import names, sku_of
from allocation.adapters.memory.session import Memory, MemorySession
from allocation.adapters.unit_of_work import NestedUnitOfWork, StandaloneUnitOfWork
from allocation.messaging.clock_skew import farthest
from allocation.messaging.errors import Conflict, NestedTransaction
from allocation.messaging.log import UNFINISHED, Entry, Status
from allocation.messaging.sync_bridge import execution_context


class MemoryUnitOfWork(StandaloneUnitOfWork):
    """A unit of work in memory; those of one `Memory` see what the others committed."""

    def __init__(self, memory: Memory | None = None) -> None:
        shared = memory if memory is not None else Memory()

        @contextmanager
        def session() -> Iterator[MemorySession]:
            yield MemorySession(shared)

        super().__init__(session)


class MemoryTransaction:
    """One group."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._session = MemorySession(memory)
        self._read: dict[str, Entry] = {}
        self._written: dict[str, Entry] = {}
        self._in_hand: set[str] = set()
        self._given: set[str] = set()

    def unit(self) -> NestedUnitOfWork:
        """A unit of work that sees what the group holds so far."""
        return NestedUnitOfWork(self._session)

    def prefetch(self, messages: Iterable[object], besides: Collection[str] = ()) -> None:
        """Do nothing: all is at hand."""

    def held(self, keys: Collection[str]) -> set[str]:  # noqa: ARG002 - nothing is ever locked
        """Nothing is locked here."""
        return set()

    def ordering_keys(self, message: object) -> Set[str]:
        """The product that the message concerns, if it is known, and the batch that it names."""
        return names(self._session.sku_of(message), message)

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """The entries of these ids that are on record or written in this group."""
        entries = self._memory.entries
        self._read.update({id: entries[id] for id in ids if id in entries})
        known = self._read | self._written
        return {id: known[id] for id in ids if id in known}

    def pending(
        self, limit: int, now: datetime, besides: Collection[str] = ()
    ) -> list[Entry] | None:
        """The first PENDING entries that are due, in the order of the log."""
        entries = self._due(Status.PENDING, limit, now, besides)
        self._given.update(entry.envelope.id for entry in entries)
        return entries

    def has_pending(self) -> bool:
        """Whether any PENDING entries are on record."""
        return any(e.status is Status.PENDING for e in self._memory.entries.values())

    def blocked(self, keys: Collection[str], now: datetime) -> set[str]:
        """Those of these keys that PENDING entries have, besides those that were given."""
        pending = (e for e in self._memory.entries.values() if e.status is Status.PENDING)
        others = (e for e in pending if e.is_due(now) and e.envelope.id not in self._given)
        return {key for e in others for key in self._keys_on_record(e)}.intersection(keys)

    def _keys_on_record(self, entry: Entry) -> Set[str]:
        return names(self._session.sku_of(entry.envelope.message), None)

    def incomplete(self, chains: Collection[str], now: datetime) -> set[str]:
        """Those of these chains of which PENDING entries that are due are on record."""
        pending = (e for e in self._memory.entries.values() if e.status is Status.PENDING)
        due = {e.envelope.correlation_id for e in pending if e.is_due(now)}
        return due.intersection(chains)

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        """The OUTGOING entries due first, one of a sku."""
        first: dict[str, Entry] = {}
        for entry in self._memory.entries.values():
            if entry.status is Status.OUTGOING:
                first.setdefault(sku_of(entry.envelope.message) or entry.envelope.id, entry)
        due = sorted(
            (e for e in first.values() if e.is_due(now)), key=lambda e: e.due or e.envelope.at
        )
        free = [e for e in due if not self._is_in_hand(e)][:limit]
        self._read.update({entry.envelope.id: entry for entry in free})
        ids = {entry.envelope.id for entry in free}
        self._in_hand |= ids
        self._memory.current_entry |= ids
        return free

    def ahead(self, limit: int, now: datetime) -> list[Entry]:
        """The unfinished entries that are due too far ahead, up to `limit` of each status."""
        entries = [e for e in self._memory.entries.values() if e.due and e.due > farthest(now)]
        entries.sort(key=lambda entry: entry.due or now, reverse=True)
        ahead = [e for f in UNFINISHED for e in [e for e in entries if e.status is f][:limit]]
        free = [entry for entry in ahead if not self._is_in_hand(entry)]
        self._read.update({entry.envelope.id: entry for entry in free})
        return free

    def dead(self, limit: int) -> list[Entry]:
        """The first DEAD entries, in the order of the log."""
        entries = self._memory.entries.values()
        dead = [entry for entry in entries if entry.status is Status.DEAD][:limit]
        self._read.update({entry.envelope.id: entry for entry in dead})
        return dead

    def release(self) -> None:
        """Let others have what this transaction was given."""
        self._memory.current_entry -= self._in_hand

    def _is_in_hand(self, entry: Entry) -> bool:
        return entry.envelope.id in self._memory.current_entry - self._in_hand

    def write(self, entry: Entry) -> None:
        """Add the entry, or replace what was written for its id."""
        self._written[entry.envelope.id] = entry

    def commit(self) -> None:
        """Keep everything, or nothing."""
        with self._memory.committing:
            self._commit()

    def _commit(self) -> None:
        for id in self._written:
            if self._memory.entries.get(id) != self._read.get(id):
                raise Conflict("a message has been handled by somebody else")
        self._session.commit()
        self._memory.entries.update(self._written)
        self._read.update(self._written)
        self._written = {}

    def _due(
        self, status: Status, limit: int, now: datetime, besides: Collection[str] = ()
    ) -> list[Entry]:
        due = [
            entry
            for entry in self._memory.entries.values()
            if entry.status is status
            and entry.is_due(now)
            and self._keys_on_record(entry).isdisjoint(besides)
        ][:limit]
        self._read.update({entry.envelope.id: entry for entry in due})
        return due


class MemoryStore:
    """State and log in memory."""

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory if memory is not None else Memory()
        self._writers: set[object] = set()

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        """Open a transaction; leaving it without a commit rolls it back.

        Raises:
            NestedTransaction: whoever asks has one open.
        """
        writer = execution_context()
        if writer in self._writers:
            raise NestedTransaction()
        self._writers.add(writer)
        transaction = MemoryTransaction(self.memory)
        try:
            yield transaction
        finally:
            transaction.release()
            self._writers.discard(writer)

    def due(self, now: datetime) -> Collection[Status]:
        """Of which statuses there are entries that can be gone on with by now."""
        with self.begin() as transaction:
            entries = [*(transaction.pending(1, now) or ()), *transaction.outgoing(1, now)]
        return {entry.status for entry in entries}
