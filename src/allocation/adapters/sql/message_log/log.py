"""The message log in the database."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, func, select

from allocation.adapters import codec
from allocation.adapters.keys import sku_of
from allocation.adapters.sql.engine.compiled_query import compiled, conversion_of
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.engine.types import UtcDateTime
from allocation.adapters.sql.message_log.queries import (
    AHEAD,
    DEAD,
    INCOMPLETE,
    OUTGOING,
    PENDING,
    ROW,
)
from allocation.adapters.sql.message_log.schema import messages
from allocation.adapters.sql.statements.bulk import BulkStatements
from allocation.adapters.sql.statements.dialect import Numbered
from allocation.messaging.clock_skew import farthest
from allocation.messaging.envelope import Envelope
from allocation.messaging.log import Entry, Status

_NEW_ROW: Final = (*ROW, "sku")
_STATUS: Final = ROW[ROW.index("fate") : ROW.index("depth")]
_TOLD: Final = {status: status.value for status in Status}  # `value` is worked out at every look
_UTC_DATE_TIME: Final = UtcDateTime()
_TO_BE_HANDLED: Final = Status.PENDING, Status.DEAD
_NUMBERED: Final = Numbered(number="seq", key="id")
_AS_READ: Final = ("id", "fate", "attempts")
BACKLOG: Final = 0x6261636B  # "back", as the key of a lock
_ENDS = select(func.min(messages.c.seq)), select(func.max(messages.c.seq))


def first_and_last(connection: Connection) -> tuple[int, int]:
    """The numbers of the first and the last message in the log; zeros of an empty one."""
    first, last = (connection.execute(end).scalar() or 0 for end in _ENDS)
    return first, last


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    """What another version of this program has written."""

    type: str
    body: str


class SqlLog:
    """The log as one transaction sees it; what is written is flushed all at once."""

    def __init__(self, driver: TransactionConnection) -> None:
        self._driver = driver
        self._bulk_statements = BulkStatements(driver)
        self._moment = conversion_of(_UTC_DATE_TIME, driver.name)
        self._looked_up: dict[str, Entry | None] = {}
        self._written: dict[str, Entry] = {}

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """The entries of these ids that are on record or have been written."""
        missing = [id for id in ids if id not in self._written and id not in self._looked_up]
        if missing:
            self._looked_up.update(dict.fromkeys(missing))
            self._read(
                self._bulk_statements.find(messages, ROW, ("id",), [(id,) for id in missing])
            )
        entries = {id: self._written.get(id) or self._looked_up.get(id) for id in ids}
        return {id: entry for id, entry in entries.items() if entry is not None}

    def pending(self, limit: int, now: datetime) -> list[Entry]:
        """The first PENDING entries that are due, in order.

        Until this transaction ends, other processes that ask wait: where two took turns,
        what belongs together would be handled in another order than that of the log.
        """
        if self._driver.name == "postgresql":
            self._driver.execute(f"SELECT pg_advisory_xact_lock({BACKLOG})")
        return self._unfinished(PENDING, limit, now)

    def incomplete(self, chains: Collection[str], now: datetime) -> set[str]:
        """Those of these chains of which PENDING entries that are due are on record."""
        asked = compiled(INCOMPLETE[self._driver.name], self._driver.name)
        ids = msgspec.json.encode(list(chains)).decode()
        rows = self._driver.fetch_all(asked, {"chains": ids, "now": self._moment(now)})
        return {id for (id,) in rows}

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        """The OUTGOING entries due first, one of a sku, and that nobody has in hand."""
        return self._unfinished(OUTGOING, limit, now)

    def ahead(self, limit: int, now: datetime) -> list[Entry]:
        """The unfinished entries that are due too far ahead, as many of each fate."""
        found = [self._unfinished(query, limit, farthest(now)) for query in AHEAD]
        return [entry for entries in found for entry in entries]

    def dead(self, limit: int) -> list[Entry]:
        """The first DEAD entries, in order."""
        return self._read(
            self._driver.fetch_all(compiled(DEAD, self._driver.name), {"rows": limit})
        )

    def write(self, entry: Entry) -> None:
        """Add the entry, or replace what was written for its id."""
        self._written[entry.envelope.id] = entry

    def flush(self) -> None:
        """Write to the database what has been written.

        Raises:
            Conflict: an entry has met its fate at somebody else's hands.
        """
        new, changed = [], []
        for id, entry in self._written.items():
            read = self._looked_up.get(id)
            if read is None:
                new.append(_row(entry))
            else:
                changed.append((*_status(entry), id, _TOLD[read.status], read.attempts))
        self._bulk_statements.update(messages, _STATUS, _AS_READ, changed)
        self._bulk_statements.append(messages, _NEW_ROW, new, _NUMBERED)
        self._looked_up.update(self._written)
        self._written = {}

    def _unfinished(self, query: Select[Any], limit: int, now: datetime) -> list[Entry]:
        key = {"now": self._moment(now), "rows": limit}
        return self._read(self._driver.fetch_all(compiled(query, self._driver.name), key))

    def _read(self, rows: Iterable[Any]) -> list[Entry]:
        entries = [_entry(row) for row in rows]
        self._looked_up.update({entry.envelope.id: entry for entry in entries})
        return entries


def _row(entry: Entry) -> tuple[Any, ...]:
    envelope = entry.envelope
    name, body = codec.encode_message(envelope.message)
    return (
        envelope.id,
        name,
        body,
        envelope.correlation_id,
        envelope.causation_id,
        envelope.at,
        *_status(entry),
        # Of what has been handled nothing follows any more.
        envelope.depth or None if entry.status in _TO_BE_HANDLED else None,
        sku_of(envelope.message),
    )


def _status(entry: Entry) -> tuple[Any, ...]:
    done, refusal = entry.status is Status.HANDLED, entry.refusal
    return (
        _TOLD[entry.status],
        codec.encode_results(entry.results) if done else None,
        None if refusal is None else codec.encode_refusal(refusal),
        entry.attempts,
        entry.due,
        entry.error,
    )


def _entry(row: Any) -> Entry:
    id, name, body, correlation_id, causation_id, at, *rest = row
    status, results, refusal, attempts, due, error, depth = rest
    return Entry(
        Envelope(id, _message(name, body), correlation_id, causation_id, at, depth or 0),
        Status(status),
        codec.decode_results(results),
        codec.decode_refusal(refusal),
        attempts,
        due,
        error,
    )


def _message(name: str, body: str) -> object:
    """What cannot be handled fails as a handler does, later and later, and stops nothing."""
    try:
        return codec.decode_message(name, body)
    except (KeyError, msgspec.ValidationError):
        return UnknownMessage(name, body)
