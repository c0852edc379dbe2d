"""Queries of the order lines that a message and its follow-ups moved, from facts in the log."""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Select,
    String,
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


class FactNames(NamedTuple):
    """The names of the facts `Allocated` and `Deallocated` in the log."""

    allocated: str
    deallocated: str


_ALLOCATION: Final = bindparam("allocated", type_=String)
_DEALLOCATION: Final = bindparam("deallocated", type_=String)
_OF_CHAIN: Final = (
    messages.c.correlation_id == bindparam("chain"),
    messages.c.causation_id.is_not(None),
)
_COUNTS: Final = (
    select(messages.c.type, func.count())
    .where(*_OF_CHAIN, messages.c.type.in_((_DEALLOCATION, _ALLOCATION)))
    .group_by(messages.c.type)
)


def _facts(name: ColumnElement[str], orderid: ColumnElement[Any]) -> Select[Any]:
    return select(messages.c.seq, messages.c.body, orderid.label("orderid")).where(
        *_OF_CHAIN, messages.c.type == name
    )


def _allocated(orderid: ColumnElement[Any]) -> Select[Any]:
    """A page of the lines that were allocated, each with its deallocation in the same chain."""
    page = (
        _facts(_ALLOCATION, orderid)
        .where(messages.c.seq > bindparam("after"))
        .order_by(messages.c.seq)
        .limit(bindparam("rows"))
        .subquery("allocated")
    )
    before = _facts(_DEALLOCATION, orderid).subquery("deallocated")
    return (
        _joined(page, before)
        .add_columns(page.c.seq, page.c.body, before.c.body.label("before"))
        .order_by(page.c.seq)
    )


def _left_waiting(orderid: ColumnElement[Any]) -> Select[Any]:
    """A page of the lines that were deallocated and not allocated again, the latest first."""
    lost = _facts(_DEALLOCATION, orderid).subquery("deallocated")
    after = _facts(_ALLOCATION, orderid).subquery("allocated")
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
"""The order id in the body of a message, on SQLite (True) and on PostgreSQL (False)."""

_ALLOCATED: Final = {is_sqlite: _allocated(each) for is_sqlite, each in _ORDERID.items()}
_LEFT_WAITING: Final = {is_sqlite: _left_waiting(each) for is_sqlite, each in _ORDERID.items()}
_BEYOND_ALL: Final = 2**62


class MoveViews:
    """Queries of the lines that a message has moved."""

    def __init__(self, database: Database, facts: FactNames) -> None:
        self._database = database
        self._facts = facts

    def page(self, chain: str, cursor: int = 0, limit: int = LISTED) -> MovePage:
        """A page of the moves by the message with this id and by its follow-ups.

        The cursor is the log number of the last fact on the previous page. For lines left without
        stock, which are listed in descending order, it is negated.
        """
        with self._database.reading() as connection:
            return self._page(connection, chain, cursor, limit)

    def counts(self, chain: str) -> MoveCounts:
        """Count the moves by the message with this id and by its follow-ups."""
        with self._database.reading() as connection:
            return self._counts(connection, chain)

    def summary(self, chain: str) -> MoveSummary:
        """The first page of the moves, and their counts."""
        with self._database.reading() as connection:
            page = self._page(connection, chain, 0, LISTED)
            return MoveSummary(chain, page, self._counts(connection, chain))

    def _page(self, connection: Connection, chain: str, cursor: int, limit: int) -> MovePage:
        rows = self._allocated(connection, chain, cursor, limit) if cursor >= 0 else []
        moves = [_move(row.body, row.before) for row in rows]
        if len(rows) == limit:
            return MovePage(_real(moves), rows[-1].seq)
        remaining = limit - len(rows)
        key = {"before": -cursor if cursor < 0 else _BEYOND_ALL, "rows": remaining}
        query = _LEFT_WAITING[self._database.is_sqlite]
        lost = connection.execute(query, self._of(chain) | key).all()
        moves += [_lost(row.body) for row in lost]
        return MovePage(_real(moves), -lost[-1].seq if len(lost) == remaining else None)

    def _allocated(
        self, connection: Connection, chain: str, after: int, rows: int
    ) -> Sequence[Any]:
        key = {"after": after, "rows": rows}
        query = _ALLOCATED[self._database.is_sqlite]
        return connection.execute(query, self._of(chain) | key).all()

    def _counts(self, connection: Connection, chain: str) -> MoveCounts:
        counts = {row[0]: row[1] for row in connection.execute(_COUNTS, self._of(chain))}
        names = self._facts
        return MoveCounts(counts.get(names.deallocated, 0), counts.get(names.allocated, 0))

    def _of(self, chain: str) -> dict[str, Any]:
        return {"chain": chain, **self._facts._asdict()}


def _move(allocated: str, deallocated: str | None) -> Move:
    fact = json.loads(allocated)
    source = None if deallocated is None else json.loads(deallocated)["batchref"]
    return Move(fact["orderid"], fact["sku"], fact["qty"], source, fact["batchref"])


def _lost(deallocated: str) -> Move:
    fact = json.loads(deallocated)
    return Move(fact["orderid"], fact["sku"], fact["qty"], fact["batchref"], None)


def _real(moves: list[Move]) -> list[Move]:
    """Leave out the lines that returned to the same batch."""
    return [move for move in moves if move.from_batchref != move.to_batchref]
