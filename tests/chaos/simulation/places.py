"""The places where state and log are kept in a history, and their tables for the audit."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Protocol

from allocation.adapters.codec import Codec
from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryStore
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.store import SqlStore
from allocation.domain.events import AllocationRequired
from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.log import Entry, Status
from allocation.messaging.ports import Store, Transaction
from allocation.messaging.sync_bridge import in_event_loop
from allocation.service_layer.messagebus import REGISTRY
from tests.chaos.memory_tables import batches_in, lines_in
from tests.support.ledger import Ledger, Row, ledger_of, verified
from tests.support.wrapped_store import WrappedStore

CODEC = Codec(REGISTRY)


class Place(Protocol):
    """One history's state and log."""

    can_be_overtaken: bool
    """Whether another process can commit while a transaction is open."""

    def store(self, sleep: Callable[[float], None]) -> Store:
        """Open a store, as a process that has just started would."""

    def ledger(self) -> Ledger:
        """All tables, as they are committed."""

    def messages(self, key: str) -> list[Row]:
        """The rows of the messages that follow from the message of this key, and its own."""

    def has_pending(self) -> bool:
        """Whether any follow-ups are pending, as far as it is committed."""

    def discrepancies(self) -> list[str]:
        """The findings of `allocation verify`, which reads databases only."""

    def close(self) -> None:
        """Close all stores."""


class InMemory:
    """A place in memory."""

    can_be_overtaken = True

    def __init__(self) -> None:
        self._memory = Memory()

    def store(self, sleep: Callable[[float], None]) -> MemoryStore:
        return MemoryStore(REGISTRY, self._memory)

    def ledger(self) -> Ledger:
        entries = self._memory.entries.values()
        messages = [entry.envelope.message for entry in entries]
        asked = {(m.sku, m.orderid) for m in messages if isinstance(m, AllocationRequired)}
        lines, rows = lines_in(self._memory, asked), map(_row, entries, range(10**6))
        return Ledger([], batches_in(self._memory), list(lines), list(rows))

    def messages(self, key: str) -> list[Row]:
        entries = self._memory.entries.values()
        return [_row(e, 0) for e in entries if e.envelope.correlation_id == key]

    def has_pending(self) -> bool:
        return any(e.status is Status.PENDING for e in self._memory.entries.values())

    def discrepancies(self) -> list[str]:
        return []

    def close(self) -> None:
        pass


class OnSqlite:
    """A SQLite file in a folder, a copy of a migrated one."""

    can_be_overtaken = False

    def __init__(self, template: Path) -> None:
        self._stack = ExitStack()
        folder = self._stack.enter_context(TemporaryDirectory(prefix="history-"))
        self._url = f"sqlite:///{copyfile(template, Path(folder) / 'allocation.db')}"
        self._onlooker = self._opened()
        self._turn = _Turn()

    def store(self, sleep: Callable[[float], None]) -> "_InTurn":
        return _InTurn(SqlStore(self._opened(), REGISTRY), self._turn, sleep)

    def ledger(self) -> Ledger:
        return ledger_of(self._onlooker)

    def messages(self, key: str) -> list[Row]:
        return [row for row in self.ledger().messages if row["correlation_id"] == key]

    def has_pending(self) -> bool:
        return bool(self.ledger().with_status("pending"))

    def discrepancies(self) -> list[str]:
        return verified(self._onlooker)

    def close(self) -> None:
        self._stack.close()

    def _opened(self) -> Database:
        database = Database(self._url)
        self._stack.callback(database.close)
        return database


class _Turn:
    """Whether a process has a transaction open."""

    taken = False


class _InTurn(WrappedStore):
    """Waits for the file in the time of the loop: SQLite would wait for ever in ours."""

    def __init__(self, store: Store, turn: _Turn, sleep: Callable[[float], None]) -> None:
        super().__init__(store)
        self._turn = turn
        self._sleep = sleep

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        while self._turn.taken:
            if not in_event_loop():
                raise StoreUnavailable("the database is locked")
            self._sleep(0.01)
        self._turn.taken = True
        try:
            with self.wrapped.begin() as transaction:
                yield transaction
        finally:
            self._turn.taken = False


def _row(entry: Entry, seq: int) -> Row:
    kind, body = CODEC.encode_message(entry.envelope.message)
    return {
        "seq": seq,
        "id": entry.envelope.id,
        "type": kind,
        "body": body,
        "causation_id": entry.envelope.causation_id,
        "correlation_id": entry.envelope.correlation_id,
        "status": entry.status.value,
        "results": CODEC.encode_results(entry.results),
        "refusal": entry.refusal and CODEC.encode_refusal(entry.refusal),
        "error": entry.error,
    }
