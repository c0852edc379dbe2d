"""Queries of the order lines that are late, whatever their order and product."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Connection,
    Date,
    Row,
    Select,
    bindparam,
    case,
    literal_column,
    select,
    tuple_,
)

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines
from allocation.domain.validation import normalize_name
from allocation.views.listed import LISTED


@dataclass(frozen=True, slots=True)
class LateLine:
    """Units of an order line that come too late.

    They are promised from an overdue shipment, or from one that is due (`eta`) after the day
    `due`, which is the earlier one of `required_by` and `first_promised`.
    """

    orderid: str
    sku: str
    line: str
    qty: int
    batchref: str
    eta: date
    overdue: bool
    due: date | None
    first_promised: date | None
    required_by: date | None


@dataclass(frozen=True, slots=True)
class LateLinePage:
    """A page of late lines; `next_after` is the cursor of the next one, None on the last."""

    lines: list[LateLine]
    next_after: str | None


class Cursor(NamedTuple):
    """The place of a late line in the list: the date and reference of its batch, its number."""

    eta: date
    ref: str
    number: int

    @classmethod
    def of(cls, text: str) -> "Cursor | None":
        """The cursor that a text stands for; None if it is none."""
        match = _CURSOR.fullmatch(text)
        if match is None:
            return None
        try:
            return cls(date.fromisoformat(match[1]), match[3], int(match[2]))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.eta}:{self.number}:{self.ref}"


_CURSOR: Final = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2}):([0-9]{1,18}):([^\0]{1,255})", re.ASCII)
_FIRST: Final = Cursor(date.min, "", 0)

_TODAY: Final = bindparam("today", type_=Date)
# As in the predicates of the indexes.
_ALLOCATED: Final = order_lines.c.state == literal_column("'allocated'")
_HERE: Final[Select[Any]] = (
    select(literal_column("1"))
    .where(_ALLOCATED, order_lines.c.batchref == batches.c.reference)
    .correlate(batches)
    .limit(1)
)
_LATE_HERE: Final = _HERE.where(order_lines.c.due < batches.c.eta)
# Not EXISTS, for which PostgreSQL may read all lines into a hash table.
_HAS_LATE_LINES: Final = case(
    (batches.c.eta < _TODAY, _HERE.scalar_subquery()), else_=_LATE_HERE.scalar_subquery()
).is_not(None)
_SHIPMENTS: Final = (
    select(batches.c.reference, batches.c.eta)
    .where(
        batches.c.eta.is_not(None),
        tuple_(batches.c.eta, batches.c.reference)
        >= tuple_(bindparam("eta", type_=Date), bindparam("ref")),
        _HAS_LATE_LINES,
    )
    .order_by(batches.c.eta, batches.c.reference)
    .limit(bindparam("rows"))
)
_SHIPMENTS_OF_PRODUCT: Final = _SHIPMENTS.where(batches.c.sku == bindparam("sku"))
_ON_SHIPMENT: Final = select(order_lines).where(
    _ALLOCATED, order_lines.c.batchref == bindparam("ref")
)
_ALL_ON: Final = (
    _ON_SHIPMENT.where(order_lines.c.promise > bindparam("after"))
    .order_by(order_lines.c.promise)
    .limit(bindparam("rows"))
)
# Expressions, so that the index of due days is used, and not that of the numbers.
_LATE_ON: Final = (
    _ON_SHIPMENT.where(
        order_lines.c.due < bindparam("eta", type_=Date),
        order_lines.c.promise + 0 > bindparam("after"),
    )
    .order_by(order_lines.c.promise + 0)
    .limit(bindparam("rows"))
)


class LateLineViews:
    """Queries of late lines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, today: date, sku: str | None = None, *, after: Cursor = _FIRST, limit: int = LISTED
    ) -> LateLinePage:
        """A page of the late lines, or of those for a product, by shipment.

        The shipment that was due first comes first; the lines of a shipment are listed in the
        order of their allocation.
        """
        name = None if sku is None else normalize_name(sku)
        if sku is not None and name is None:
            return LateLinePage([], None)
        with self._database.reading() as connection:
            reading = _Reading(connection, today, name)
            rows = list(reading.rows(after, limit + 1))
        lines = [line for line, _ in rows[:limit]]
        return LateLinePage(lines, str(rows[limit - 1][1]) if len(rows) > limit else None)


@dataclass(frozen=True)
class _Reading:
    """One read transaction."""

    connection: Connection
    today: date
    sku: str | None

    def rows(self, after: Cursor, most: int) -> Iterator[tuple[LateLine, Cursor]]:
        """Late lines with their places in the list."""
        left = most
        for ref, eta in map(tuple, self._shipments(after, most + 1)):
            number = after.number if (eta, ref) == (after.eta, after.ref) else 0
            for row in self._lines(ref, eta, number, left):
                yield self._line(row, eta), Cursor(eta, ref, row.promise)
                left -= 1
            if not left:
                return

    def _shipments(self, after: Cursor, rows: int) -> list[Row[Any]]:
        query: Select[Any] = _SHIPMENTS if self.sku is None else _SHIPMENTS_OF_PRODUCT
        key = {"today": self.today, "eta": after.eta, "ref": after.ref, "rows": rows}
        named = key if self.sku is None else {**key, "sku": self.sku}
        return [*self.connection.execute(query, named)]

    def _lines(self, ref: str, eta: date, after: int, rows: int) -> list[Row[Any]]:
        key = {"ref": ref, "after": after, "rows": rows}
        if eta < self.today:
            return [*self.connection.execute(_ALL_ON, key)]
        return [*self.connection.execute(_LATE_ON, {**key, "eta": eta})]

    def _line(self, row: Row[Any], eta: date) -> LateLine:
        line = row.orderid, row.sku, row.line, row.qty, row.batchref
        days = row.due, row.first_promised, row.required_by
        return LateLine(*line, eta, eta < self.today, *days)
