"""Reads of what a message and its follow-ups have moved, from the facts in the log."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    bindparam,
    cast,
    func,
    select,
)

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.schema import messages
from allocation.domain.moves import Move, MoveCounts, MovePage, MoveSummary
from allocation.views.listed import LISTED

_OF_CHAIN: Final = (
    messages.c.correlation_id == bindparam("chain"),
    messages.c.causation_id.is_not(None),
)
_COUNTS: Final = (
    select(messages.c.type, func.count())
    .where(*_OF_CHAIN, messages.c.type.in_(("Deallocated", "Allocated")))
    .group_by(messages.c.type)
)


def _facts(name: str, orderid: ColumnElement[Any]) -> Select[Any]:
    return select(messages.c.seq, messages.c.body, orderid.label("orderid")).where(
        *_OF_CHAIN, messages.c.type == name
    )


def _allocated(orderid: ColumnElement[Any]) -> Select[Any]:
    """A page of the lines that were allocated, each with the fact that it was taken off before."""
    page = (
        _facts("Allocated", orderid)
        .where(messages.c.seq > bindparam("after"))
        .order_by(messages.c.seq)
        .limit(bindparam("rows"))
        .subquery("allocated")
    )
    before = _facts("Deallocated", orderid).subquery("deallocated")
    return (
        _joined(page, before)
        .add_columns(page.c.seq, page.c.body, before.c.body.label("before"))
        .order_by(page.c.seq)
    )


def _left_waiting(orderid: ColumnElement[Any]) -> Select[Any]:
    """A page of the lines that were taken off and not allocated again, the last one first."""
    lost = _facts("Deallocated", orderid).subquery("deallocated")
    after = _facts("Allocated", orderid).subquery("allocated")
    return (
        _joined(lost, after)
        .add_columns(lost.c.seq, lost.c.body)
        .where(after.c.seq.is_(None), lost.c.seq < bindparam("before"))
        .order_by(lost.c.seq.desc())
        .limit(bindparam("rows"))
    )


def _joined(one: Subquery, other: Subquery) -> Select[Any]:
    return select().select_from(one.outerjoin(other, one.c.orderid == other.c.orderid))


_ORDERID: Final[dict[bool, ColumnElement[Any]]] = {
    True: func.json_extract(messages.c.body, "$.orderid"),
    False: cast(messages.c.body, JSON)["orderid"].as_string(),
}
"""Of the body of a message, on SQLite and on PostgreSQL."""

_ALLOCATED: Final = {is_sqlite: _allocated(each) for is_sqlite, each in _ORDERID.items()}
_LEFT_WAITING: Final = {is_sqlite: _left_waiting(each) for is_sqlite, each in _ORDERID.items()}
_BEYOND_ALL: Final = 2**62


class MoveViews:
    """The answers to what a message has moved."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, chain: str, cursor: int = 0, limit: int = LISTED) -> MovePage:
        """The moves of the message with this id, and of its follow-ups, from a cursor on.

        A cursor is the number of the last fact that was read; it is negative among the lines
        that were left without stock, which are read backwards.
        """
        with self._database.reading() as connection:
            return self._page(connection, chain, cursor, limit)

    def counts(self, chain: str) -> MoveCounts:
        """How many lines the message with this id and its follow-ups have moved."""
        with self._database.reading() as connection:
            return _counts(connection, chain)

    def summary(self, chain: str) -> MoveSummary:
        """The first moves of the message with this id, and how many there are."""
        with self._database.reading() as connection:
            page = self._page(connection, chain, 0, LISTED)
            return MoveSummary(chain, page, _counts(connection, chain))

    def _page(self, connection: Connection, chain: str, cursor: int, limit: int) -> MovePage:
        rows = self._allocated(connection, chain, cursor, limit) if cursor >= 0 else []
        moves = [_move(row.body, row.before) for row in rows]
        if len(rows) == limit:
            return MovePage(_real(moves), rows[-1].seq)
        key = {"chain": chain, "before": -cursor if cursor < 0 else _BEYOND_ALL}
        key["rows"] = limit - len(rows)
        lost = connection.execute(_LEFT_WAITING[self._database.is_sqlite], key).all()
        moves += [_lost(row.body) for row in lost]
        return MovePage(_real(moves), -lost[-1].seq if len(lost) == key["rows"] else None)

    def _allocated(
        self, connection: Connection, chain: str, after: int, rows: int
    ) -> Sequence[Any]:
        key = {"chain": chain, "after": after, "rows": rows}
        return connection.execute(_ALLOCATED[self._database.is_sqlite], key).all()


def _counts(connection: Connection, chain: str) -> MoveCounts:
    counts = {row[0]: row[1] for row in connection.execute(_COUNTS, {"chain": chain})}
    return MoveCounts(counts.get("Deallocated", 0), counts.get("Allocated", 0))


def _move(allocated: str, deallocated: str | None) -> Move:
    fact = json.loads(allocated)
    source = None if deallocated is None else json.loads(deallocated)["batchref"]
    return Move(fact["orderid"], fact["sku"], fact["qty"], source, fact["batchref"])


def _lost(deallocated: str) -> Move:
    fact = json.loads(deallocated)
    return Move(fact["orderid"], fact["sku"], fact["qty"], fact["batchref"], None)


def _real(moves: list[Move]) -> list[Move]:
    """Without the lines that came back to the batch off which they were taken."""
    return [move for move in moves if move.from_batchref != move.to_batchref]
