"""The message log in the database."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, func, select

from allocation.adapters.sql.engine.compiled_query import CompiledQuery, compiled, conversion_of
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.engine.types import UtcDateTime
from allocation.adapters.sql.message_log.codec import Codec, StoredKey
from allocation.adapters.sql.message_log.queries import ANY_PENDING, INCOMPLETE, ROW, LogQueries
from allocation.adapters.sql.message_log.schema import messages
from allocation.adapters.sql.statements.bulk import BulkStatements
from allocation.adapters.sql.statements.dialect import Numbered
from allocation.messaging.clock_skew import latest_due_time
from allocation.messaging.digests import Digest
from allocation.messaging.log import Entry, Envelope, Status

_NEW_ROW: Final = (*ROW, "ordering_key")
_STATUS: Final = ROW[ROW.index("status") : ROW.index("depth")]
_UTC_DATE_TIME: Final = UtcDateTime()
_TO_BE_HANDLED: Final = Status.PENDING, Status.DEAD
_NUMBERED: Final = Numbered(number="seq", key="id")
_AS_READ: Final = ("id", "status", "attempts", "due")
BACKLOG: Final = 0x6261636B  # "back", as the key of a lock
_TRY_LOCK: Final = CompiledQuery(f"SELECT pg_try_advisory_xact_lock({BACKLOG})", ())
_ENDS = select(func.min(messages.c.seq)), select(func.max(messages.c.seq))


def first_and_last(connection: Connection) -> tuple[int, int]:
    """The numbers of the first and the last message in the log; zeros if it is empty."""
    first, last = (connection.execute(end).scalar() or 0 for end in _ENDS)
    return first, last


class LogFormat:
    """How the messages of an application are stored: its codec, queries and stored ordering keys.

    `stored_key` converts an ordering key to the value of the column `ordering_key`; by default,
    they are the same.
    """

    def __init__(self, codec: Codec, stored_key: StoredKey = lambda key: key) -> None:
        self.codec = codec
        self.stored_key = stored_key
        self.queries = LogQueries(codec.types)


OrderingKey = Callable[[object], str | None]
"""Returns the ordering key that is stored with a message, or None."""


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    """A message that another version of this program has written."""

    type: str
    body: str


class SqlLog:
    """The log in one transaction; entries are buffered by `write` and written by `flush`."""

    def __init__(
        self, driver: TransactionConnection, log_format: LogFormat, ordering_key: OrderingKey
    ) -> None:
        self._driver = driver
        self._codec = log_format.codec
        self._stored_key = log_format.stored_key
        self._queries = log_format.queries
        self._ordering_key = ordering_key
        self._returned: list[str] = []
        self._bulk_statements = BulkStatements(driver)
        self._to_column = conversion_of(_UTC_DATE_TIME, driver.name)
        self._cached: dict[str, Entry | None] = {}
        self._written: dict[str, Entry] = {}

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """The entries with these ids, stored before or written in this transaction."""
        missing = [id for id in ids if id not in self._written and id not in self._cached]
        if missing:
            self._cached.update(dict.fromkeys(missing))
            keys = [(id,) for id in missing]
            if rows := self._bulk_statements.find(messages, ROW, ("id",), keys):
                self._read(rows)
        entries = {id: self._written.get(id) or self._cached.get(id) for id in ids}
        return {id: entry for id, entry in entries.items() if entry is not None}

    def pending(
        self, limit: int, now: datetime, excluding: Collection[str] = ()
    ) -> list[Entry] | None:
        """The first PENDING entries that are due, in order; None while another process has some.

        Until this transaction ends, other processes get none: two processes handling them at the
        same time would not keep the order of the log.
        """
        if self._driver.name == "postgresql" and not self._driver.fetch_all(_TRY_LOCK, {})[0][0]:
            return None
        parameters = {"now": self._to_column(now), "rows": limit}
        query = self._queries.pending
        if excluding:
            query = self._queries.pending_excluding[self._driver.name]
            parameters["excluding"] = _as_json(self._by_stored_key(excluding))
        entries = self._read(self._fetch(query, parameters))
        self._returned += [entry.envelope.id for entry in entries]
        return entries

    def has_pending(self) -> bool:
        """Whether any PENDING entries are stored, due or not."""
        return bool(self._fetch(ANY_PENDING, {}))

    def blocked(self, keys: Collection[str], now: datetime) -> set[str]:
        """The subset of these ordering keys that belong to stored PENDING entries that are due.

        Entries that `pending` has returned to this transaction do not count.
        """
        by_stored_key = self._by_stored_key(keys)
        parameters = {
            "keys": _as_json(by_stored_key),
            "given": _as_json(self._returned),
            "now": self._to_column(now),
        }
        rows = self._fetch(self._queries.blocked[self._driver.name], parameters)
        return {by_stored_key[stored] for (stored,) in rows}

    def incomplete(self, chains: Collection[str], now: datetime) -> set[str]:
        """The subset of these chains with stored PENDING entries that are due."""
        parameters = {"chains": _as_json(chains), "now": self._to_column(now)}
        return {id for (id,) in self._fetch(INCOMPLETE[self._driver.name], parameters)}

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        """The OUTGOING entries due first, one for each ordering key, that are not locked."""
        return self._unfinished(self._queries.outgoing, limit, now)

    def digests(self, keys: Collection[str]) -> list[Entry]:
        """The OUTGOING `Digest` entries with these ordering keys, due or not, in log order."""
        query = self._queries.outgoing_with_keys[self._driver.name]
        entries = self._read(self._fetch(query, {"keys": _as_json(keys)}))
        return [entry for entry in entries if isinstance(entry.envelope.message, Digest)]

    def ahead(self, limit: int, now: datetime) -> list[Entry]:
        """The unfinished entries that are due too far ahead, up to `limit` of each status."""
        return [
            entry
            for query in self._queries.ahead
            for entry in self._unfinished(query, limit, latest_due_time(now))
        ]

    def dead(self, limit: int) -> list[Entry]:
        """The first DEAD entries, in order."""
        return self._read(self._fetch(self._queries.dead, {"rows": limit}))

    def write(self, entry: Entry) -> None:
        """Add the entry, or replace the entry with the same id."""
        self._written[entry.envelope.id] = entry

    def flush(self) -> None:
        """Write the buffered entries to the database.

        Raises:
            Conflict: another process has settled, postponed or claimed an entry.
        """
        new, changed = [], []
        for id, entry in self._written.items():
            read = self._cached.get(id)
            if read is None:
                new.append(self._row(entry))
            else:
                as_read = (id, read.status._value_, read.attempts, read.due)
                changed.append((*self._status(entry), *as_read))
        if changed:
            self._bulk_statements.update(messages, _STATUS, _AS_READ, changed)
        self._bulk_statements.append(messages, _NEW_ROW, new, _NUMBERED)
        self._cached.update(self._written)
        self._written = {}

    def _unfinished(self, query: Select[Any], limit: int, now: datetime) -> list[Entry]:
        return self._read(self._fetch(query, {"now": self._to_column(now), "rows": limit}))

    def _fetch(self, query: Select[Any], parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._driver.fetch_all(compiled(query, self._driver.name), parameters)

    def _by_stored_key(self, keys: Collection[str]) -> dict[str, str]:
        stored = ((self._stored_key(key), key) for key in keys)
        return {column: key for column, key in stored if column is not None}

    def _read(self, rows: Iterable[Any]) -> list[Entry]:
        entries = [self._entry(row) for row in rows]
        self._cached.update({entry.envelope.id: entry for entry in entries})
        return entries

    def _row(self, entry: Entry) -> tuple[Any, ...]:
        id, message, correlation_id, causation_id, at, depth, submission, sender, _ = entry.envelope
        name, body = self._codec.encode_message(message)
        facts = (id, name, body, correlation_id, causation_id, at, *self._status(entry))
        status = entry.status
        if status is Status.HANDLED or status is Status.REFUSED:
            return (*facts, None, None, sender, None)
        key = self._key_of(message)
        if status in _TO_BE_HANDLED:
            return (*facts, depth or None, submission, sender, key)
        return (*facts, None, None, sender, key)  # of a message without follow-ups

    def _key_of(self, message: object) -> str | None:
        """The column `ordering_key`, which only queries of unfinished messages read."""
        if isinstance(message, Digest):
            return message.key
        key = self._ordering_key(message)
        return None if key is None else self._stored_key(key)

    def _status(self, entry: Entry) -> tuple[Any, ...]:
        _, status, results, refusal, attempts, due, error, _ = entry
        return (
            status._value_,  # `value` and its hash run Python code
            self._codec.encode_results(results) if status is Status.HANDLED else None,
            None if refusal is None else self._codec.encode_refusal(refusal),
            attempts,
            due,
            error,
        )

    def _entry(self, row: Any) -> Entry:
        id, name, body, correlation_id, causation_id, at, *rest = row
        status, results, refusal, attempts, due, error, depth, submission, sender = rest
        return Entry(
            Envelope(
                id,
                self._message(name, body),
                correlation_id,
                causation_id,
                at,
                depth or 0,
                submission,
                sender,
            ),
            Status(status),
            self._codec.decode_results(results),
            self._codec.decode_refusal(refusal),
            attempts,
            due,
            error,
        )

    def _message(self, name: str, body: str) -> object:
        """Decode a message; an `UnknownMessage` fails when it is handled, and blocks no other."""
        try:
            return self._codec.decode_message(name, body)
        except (KeyError, msgspec.ValidationError):
            return UnknownMessage(name, body)


def _as_json(names: Collection[str]) -> str:
    return msgspec.json.encode(list(names)).decode()
