"""Queries of what is to arrive, and of who needs it when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    ScalarSelect,
    bindparam,
    func,
    literal_column,
    select,
)

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines
from allocation.views.listed import COUNTED
from allocation.views.lists.filters import TODAY

SEARCHED: Final = 500
"""The number of next shipments of which one may be late for its lines."""

ARRIVALS: Final = 100
"""The maximum number of shipments of a day that are summed up."""


class Need(NamedTuple):
    """Who needs a shipment: the number of its order lines, up to `COUNTED`.

    For `late` ones of them, counted in the same way, the ETA of the shipment is too late; an
    overdue shipment is too late for all. `day` is the first day by which a line was promised or
    requested, None if none has another day than the ETA; `is_requested` says which of the two.
    """

    lines: int
    late: int
    day: date | None
    is_requested: bool = False


@dataclass(frozen=True, slots=True)
class LateShipment:
    """A shipment that is due too late for some of its lines, of which `lines` are counted.

    `day` is the last day on which it would be in time for all of them; `is_requested` says
    whether a customer needs a line by then, or it was only promised first for that day.
    """

    batchref: str
    sku: str
    eta: date
    lines: int
    day: date
    is_requested: bool


class Arrivals(NamedTuple):
    """The shipments that are due on a day, up to `ARRIVALS` of them, and their units."""

    shipments: int
    units: int


_SHIPMENT: Final = (batches.c.reference, batches.c.sku, batches.c.eta, batches.c.purchased_quantity)
_ORDER: Final = (batches.c.eta, batches.c.reference)
_NEXT: Final = (
    select(*_SHIPMENT)
    .where(batches.c.eta >= TODAY)
    .order_by(*_ORDER)
    .limit(literal_column(str(SEARCHED)))
    .subquery()
)
_NEXT_ARRIVAL: Final = (
    select(_NEXT.c.eta)
    .where(_NEXT.c.purchased_quantity > 0)
    .order_by(_NEXT.c.eta)
    .limit(literal_column("1"))
)
_DUE: Final = order_lines.c.due


def _count(shipments: FromClause, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """The number of a shipment's lines, up to `COUNTED`."""
    lines = select(order_lines.c.batchref).where(*_lines_of(shipments), *conditions)
    first = lines.correlate(shipments).limit(literal_column(str(COUNTED))).subquery()
    return select(func.count()).select_from(first).scalar_subquery()


def _day(shipments: FromClause) -> ScalarSelect[date]:
    """The earliest of the days after which a shipment's lines are late."""
    lines = select(func.min(_DUE)).where(*_lines_of(shipments), _DUE.is_not(None))
    return lines.correlate(shipments).scalar_subquery()


def _is_requested(shipments: FromClause) -> ScalarSelect[bool]:
    """Whether a customer has asked for the earliest of these days, as far as one line tells."""
    required_by = order_lines.c.required_by
    is_due = required_by.is_not(None) & (required_by == _DUE)
    first = select(is_due).where(*_lines_of(shipments), _DUE.is_not(None)).order_by(_DUE)
    return first.correlate(shipments).limit(literal_column("1")).scalar_subquery()


def _lines_of(shipments: FromClause) -> tuple[ColumnElement[bool], ...]:
    is_allocated = order_lines.c.state == literal_column("'allocated'")  # as in the index
    return is_allocated, order_lines.c.batchref == shipments.c.reference


_NEEDS: Final = select(
    batches.c.reference,
    _count(batches).label("lines"),
    _count(batches, batches.c.eta > _DUE).label("late"),
    _day(batches).label("day"),
    _is_requested(batches).label("is_requested"),
).where(batches.c.reference.in_(bindparam("refs", expanding=True)))
_LATE: Final = (
    select(
        *(_NEXT.c.reference, _NEXT.c.sku, _NEXT.c.eta),
        _count(_NEXT, _NEXT.c.eta > _DUE).label("lines"),
        _day(_NEXT).label("day"),
        _is_requested(_NEXT).label("is_requested"),
    )
    .where(_NEXT.c.purchased_quantity > 0, _day(_NEXT) < _NEXT.c.eta)
    .order_by(_NEXT.c.eta, _NEXT.c.reference)
    .limit(bindparam("rows"))
)
_OF_DAY: Final = (
    select(batches.c.purchased_quantity)
    .where(batches.c.eta == bindparam("day"))
    .order_by(batches.c.reference)
    .limit(literal_column(str(ARRIVALS)))
    .subquery()
)
_UNITS: Final = _OF_DAY.c.purchased_quantity
_ARRIVALS: Final = select(func.count(), func.coalesce(func.sum(_UNITS), 0)).where(_UNITS > 0)


class ShipmentViews:
    """Queries of what is to arrive."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def needs(self, refs: Collection[str]) -> dict[str, Need]:
        """Who needs these shipments, by reference; unknown ones are left out."""
        if not refs:
            return {}
        with self._database.reading() as connection:
            rows = connection.execute(_NEEDS, {"refs": sorted(refs)})
            return {
                ref: Need(lines, late, day, bool(is_requested))
                for ref, lines, late, day, is_requested in rows
            }

    def late(self, today: date, limit: int) -> list[LateShipment]:
        """The first of the next shipments that come too late for some of their lines.

        Those that are overdue already are not among them.
        """
        with self._database.reading() as connection:
            rows = connection.execute(_LATE, {"today": today, "rows": limit})
            return [LateShipment(*row) for row in rows]

    def next_arrival(self, today: date) -> date | None:
        """The first day from today on with a shipment among the next ones that has units."""
        with self._database.reading() as connection:
            return connection.execute(_NEXT_ARRIVAL, {"today": today}).scalar_one_or_none()

    def arrivals(self, first_day: date, last_day: date) -> dict[date, Arrivals]:
        """What is due on each day from one to another, if anything is."""
        days = [first_day + timedelta(days) for days in range((last_day - first_day).days + 1)]
        arrivals = dict[date, Arrivals]()
        with self._database.reading() as connection:
            for day in days:
                shipments, units = connection.execute(_ARRIVALS, {"day": day}).one()
                if shipments:
                    arrivals[day] = Arrivals(shipments, int(units))
        return arrivals
