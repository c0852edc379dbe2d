"""Queries of the histories of order lines, from the facts in the log.

The facts of an order are found by an index (ADR 38), so that a history costs what the order has
lived through, and nothing of what the other orders have.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, func, select, text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import (
    ATTRIBUTE,
    LINE_FACTS,
    line_of_fact,
    messages,
    order_lines,
)
from allocation.domain.validation import normalize_name
from allocation.views.listed import LISTED
from allocation.views.story import LineFact, Origin, StoryEntry, Verbs, entry


class LineFilter(NamedTuple):
    """The lines of an order that are asked for: all, those for a sku, or the one with a name."""

    sku: str | None = None
    line: str | None = None


ALL_LINES: Final = LineFilter()

AT_ONCE: Final = 1_000
"""The maximum number of facts read by their numbers at once."""


@dataclass(frozen=True, slots=True)
class PartView:
    """Units of a line as they are now: waiting, allocated, shipped or cancelled."""

    sku: str
    line: str
    status: str
    qty: int
    batchref: str | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of the history of an order, and what has become of its lines.

    `known_since` is the time of the first message in the log if the first entries of a line are
    no longer there, and None if the history is complete. `next_after` is the cursor of the next
    page, None on the last one.
    """

    orderid: str
    known_since: datetime | None
    entries: list[StoryEntry]
    parts: list[PartView]
    next_after: int | None


class _Statements(NamedTuple):
    page: Select[Any]
    firsts: Select[Any]
    """The number of the first fact of each line."""


_FACT: Final = (
    *(messages.c.seq, messages.c.at, messages.c.type, messages.c.body),
    *(messages.c.causation_id, messages.c.correlation_id),
)
_NUMBERED: Final = select(*_FACT).where(messages.c.seq.in_(bindparam("numbers", expanding=True)))
_ORIGINS: Final = select(messages.c.id, messages.c.type, messages.c.body, messages.c.sender).where(
    messages.c.id.in_(bindparam("ids", expanding=True))
)
_BEGINNING: Final = select(messages.c.seq, messages.c.at).order_by(messages.c.seq).limit(1)
_PARTS: Final = (
    select(
        *(order_lines.c.sku, order_lines.c.line, order_lines.c.state),
        *(order_lines.c.qty, order_lines.c.batchref),
    )
    .where(order_lines.c.orderid == bindparam("orderid"))
    .order_by(order_lines.c.sku, order_lines.c.line, order_lines.c.part)
)


def _statements(dialect: str) -> _Statements:
    attribute = ATTRIBUTE[dialect]
    of_order = text(LINE_FACTS), attribute("orderid") == bindparam("orderid")
    after = messages.c.seq > bindparam("after")
    page = select(*_FACT).where(*of_order, after).order_by(messages.c.seq)
    line = line_of_fact(dialect)[1:]
    firsts = select(func.min(messages.c.seq)).where(*of_order).group_by(*line)
    return _Statements(page.limit(bindparam("rows")), firsts)


_STATEMENTS: Final = {dialect: _statements(dialect) for dialect in ATTRIBUTE}


class HistoryViews:
    """Queries of the histories of order lines."""

    def __init__(self, database: Database, verbs: Verbs) -> None:
        self._database = database
        self._verbs = verbs

    def page(
        self,
        orderid: str,
        lines: LineFilter = ALL_LINES,
        *,
        after: int = 0,
        limit: int = LISTED,
    ) -> HistoryPage | None:
        """A page of an order's history, or of that of some of its lines; None if it is unknown.

        `after` is the cursor `next_after` of the previous page.
        """
        name = normalize_name(orderid)
        asked = _normalized(lines)
        if name is None or asked is None:
            return None
        with self._database.reading() as connection:
            return _Reading(connection, self._verbs, name, asked).page(after, limit)


@dataclass(frozen=True)
class _Reading:
    """One read transaction about one order."""

    connection: Connection
    verbs: Verbs
    orderid: str
    lines: LineFilter

    def page(self, after: int, limit: int) -> HistoryPage | None:
        parts = self._parts()
        rows = self._facts(after, limit + 1)
        if not parts and not rows:
            return None
        entries = self._entries(rows[:limit])
        next_after = rows[limit - 1].seq if len(rows) > limit else None
        return HistoryPage(self.orderid, self._known_since(parts), entries, parts, next_after)

    def _parts(self) -> list[PartView]:
        rows = self.connection.execute(_PARTS, {"orderid": self.orderid})
        return [
            PartView(row.sku, row.line, row.state, row.qty, row.batchref)
            for row in rows
            if self.lines.sku in (None, row.sku) and self.lines.line in (None, row.line)
        ]

    def _facts(self, after: int, rows: int) -> Sequence[Row[Any]]:
        query = self._filtered(self._statements.page)
        return self._execute(query, after=after, rows=rows)

    def _entries(self, facts: Sequence[Any]) -> list[StoryEntry]:
        ids = {fact.causation_id for fact in facts} | {fact.correlation_id for fact in facts}
        origins = self._origins(ids)
        return [entry(_line_fact(fact, origins), self.verbs) for fact in facts]

    def _origins(self, ids: Collection[str]) -> dict[str, Origin]:
        if not ids:
            return {}
        rows = self.connection.execute(_ORIGINS, {"ids": sorted(ids)})
        return {row.id: Origin(row.type, json.loads(row.body), row.sender) for row in rows}

    def _known_since(self, parts: Iterable[PartView]) -> datetime | None:
        """When the log begins, unless it has the beginning of each line."""
        beginning = self.connection.execute(_BEGINNING).one_or_none()
        if beginning is None or beginning.seq == 1:  # nothing was ever removed
            return None
        begun = {(e.sku, e.line) for e in self._firsts() if e.kind == "accepted"}
        is_complete = begun >= {(part.sku, part.line) for part in parts}
        return None if is_complete else beginning.at

    def _firsts(self) -> Iterator[StoryEntry]:
        """The first entry of each line."""
        numbers = [row[0] for row in self._execute(self._filtered(self._statements.firsts))]
        for start in range(0, len(numbers), AT_ONCE):
            some = {"numbers": numbers[start : start + AT_ONCE]}
            yield from self._entries(self.connection.execute(_NUMBERED, some).all())

    def _filtered(self, query: Select[Any]) -> Select[Any]:
        _, sku, line = line_of_fact(self.connection.dialect.name)
        if self.lines.sku is not None:
            query = query.where(sku == bindparam("sku"))
        if self.lines.line is not None:
            query = query.where(line == bindparam("line"))
        return query

    def _execute(self, query: Select[Any], **parameters: Any) -> Sequence[Row[Any]]:
        named = {"orderid": self.orderid, **self.lines._asdict(), **parameters}
        return self.connection.execute(query, named).all()

    @property
    def _statements(self) -> _Statements:
        return _STATEMENTS[self.connection.dialect.name]


def _normalized(lines: LineFilter) -> LineFilter | None:
    """The filter with its names as the events spell them; None if no line can have them."""
    names = [name if not name else normalize_name(name) for name in lines]
    if any(name is None and given is not None for name, given in zip(names, lines, strict=True)):
        return None
    return LineFilter(*names)


def _line_fact(row: Row[Any], origins: dict[str, Origin]) -> LineFact:
    cause, key, body = row.causation_id, row.correlation_id, json.loads(row.body)
    return LineFact(row.at, row.type, body, cause, key, origins.get(cause), origins.get(key))
