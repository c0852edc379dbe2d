"""The message log in the database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, or_, select, text, update

from allocation.adapters import codec
from allocation.adapters.sql.schema import messages
from allocation.messaging.envelope import Envelope
from allocation.messaging.errors import Conflict
from allocation.messaging.log import Entry, Fate

_COLUMNS = [column for column in messages.c if column.name != "seq"]
_BY_ID = select(*_COLUMNS).where(messages.c.id.in_(bindparam("ids", expanding=True)))
# Spelt as in the partial index: of a parameter no database can tell that the index serves.
UNFINISHED = text("fate IN ('pending', 'outgoing')")
_UNFINISHED = (
    select(*_COLUMNS)
    .where(
        messages.c.fate == bindparam("fate"),
        UNFINISHED,
        or_(messages.c.due.is_(None), messages.c.due <= bindparam("now")),
    )
    .order_by(messages.c.seq)
    .limit(bindparam("rows"))
)
_FATE = ("fate", "results", "refusal", "attempts", "due", "error")
_NEW_FATE = (
    update(messages)
    .where(
        messages.c.id == bindparam("key"),
        messages.c.fate == bindparam("read_fate"),
        messages.c.attempts == bindparam("read_attempts"),
    )
    .values({column: bindparam(column) for column in _FATE})
)
NEXT_DUE = select(func.min(func.coalesce(messages.c.due, messages.c.at))).where(UNFINISHED)


class SqlLog:
    """The log as one transaction sees it; what is written is flushed all at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._looked_up: dict[str, Entry | None] = {}
        self._written: dict[str, Entry] = {}

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """The entries of these ids that are on record or have been written."""
        missing = [id for id in ids if id not in self._written and id not in self._looked_up]
        if missing:
            self._looked_up.update(dict.fromkeys(missing))
            self._read(self._connection.execute(_BY_ID, {"ids": missing}).mappings().all())
        entries = {id: self._written.get(id) or self._looked_up.get(id) for id in ids}
        return {id: entry for id, entry in entries.items() if entry is not None}

    def pending(self, limit: int, now: datetime) -> list[Entry]:
        """The first PENDING entries that are due, in order."""
        rows = {"fate": Fate.PENDING, "now": now, "rows": limit}
        statement = _UNFINISHED.with_for_update()
        return self._read(self._connection.execute(statement, rows).mappings().all())

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        """The first OUTGOING entries that are due and that nobody else has in hand."""
        rows = {"fate": Fate.OUTGOING, "now": now, "rows": limit}
        statement = _UNFINISHED.with_for_update(skip_locked=True)
        return self._read(self._connection.execute(statement, rows).mappings().all())

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
                seen = {"key": id, "read_fate": read.fate, "read_attempts": read.attempts}
                changed.append({**_fate(entry), **seen})
        if changed:
            result = self._connection.execute(_NEW_FATE, changed)
            if result.rowcount != len(changed):
                raise Conflict("a message has been handled by somebody else")
        if new:
            self._connection.execute(insert(messages), new)
        self._looked_up.update(self._written)
        self._written = {}

    def _read(self, rows: Collection[RowMapping]) -> list[Entry]:
        entries = [_entry(row) for row in rows]
        self._looked_up.update({entry.envelope.id: entry for entry in entries})
        return entries


def _row(entry: Entry) -> dict[str, Any]:
    envelope = entry.envelope
    name, body = codec.encode_message(envelope.message)
    return {
        "id": envelope.id,
        "type": name,
        "body": body,
        "correlation_id": envelope.correlation_id,
        "causation_id": envelope.causation_id,
        "at": envelope.at,
        **_fate(entry),
    }


def _fate(entry: Entry) -> dict[str, Any]:
    done, refusal = entry.fate is Fate.HANDLED, entry.refusal
    return {
        "fate": entry.fate,
        "results": codec.encode_results(entry.results) if done else None,
        "refusal": None if refusal is None else codec.encode_refusal(refusal),
        "attempts": entry.attempts,
        "due": entry.due,
        "error": entry.error,
    }


def _entry(row: RowMapping) -> Entry:
    envelope = Envelope(
        row["id"],
        codec.decode_message(row["type"], row["body"]),
        row["correlation_id"],
        row["causation_id"],
        row["at"],
    )
    return Entry(
        envelope,
        Fate(row["fate"]),
        codec.decode_results(row["results"]),
        codec.decode_refusal(row["refusal"]),
        row["attempts"],
        row["due"],
        row["error"],
    )
