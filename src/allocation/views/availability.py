"""What can be promised of a product (available to promise, ATP), and from which day on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, products
from allocation.domain.validation import normalize_name


@dataclass(frozen=True, slots=True)
class AvailableDay:
    """The units that can leave from this day on: those that are added, and all of them."""

    day: date
    added: int
    available: int


@dataclass(frozen=True, slots=True)
class Availability:
    """What can be promised of a product now.

    Attributes:
        sku: the product.
        in_stock: units that can leave today.
        days: the days on which units are added, in order, today first.
        overdue: units of shipments that should have arrived; nobody knows when they can leave.
        available: units that can leave by the day `by`; without one, all that have a day.
        earliest: the first day on which a new order line of `qty` units could leave. None if
            no quantity was asked for, or if the line would get no day: it would wait, or be
            promised from an overdue shipment.
    """

    sku: str
    in_stock: int
    days: list[AvailableDay]
    overdue: int
    available: int
    earliest: date | None = None


class Room(NamedTuple):
    """The units that can be promised from the batches of one day: all of them, and of one batch."""

    eta: date | None
    units: int
    largest: int


_PRODUCT: Final = select(products.c.sku).where(products.c.sku == bindparam("sku"))
_FREE: Final = batches.c.purchased_quantity - batches.c.allocated_quantity
_ROOMS: Final = (
    select(batches.c.eta, func.sum(_FREE), func.max(_FREE))
    .where(batches.c.sku == bindparam("sku"), ~batches.c.exhausted)
    .group_by(batches.c.eta)
)


class AvailabilityViews:
    """Queries of what can be promised."""

    def __init__(self, database: Database, *, split_lines: bool = False) -> None:
        self._database = database
        self._split_lines = split_lines

    def of(
        self,
        sku: str,
        today: date,
        qty: int | None = None,
        by: date | None = None,
        *,
        split: bool | None = None,
    ) -> Availability | None:
        """What can be promised of a product; None if there is no such product.

        The answer for a quantity is that of a dry run of a new order line, whether it says `split`
        or not.
        """
        split = self._split_lines if split is None else split
        name = normalize_name(sku)
        if name is None:
            return None
        with self._database.reading() as connection:
            if connection.execute(_PRODUCT, {"sku": name}).one_or_none() is None:
                return None
            rooms = _rooms(connection, name)
        dated = [(room.eta or today, room) for room in rooms if not _is_overdue(room, today)]
        dated.sort(key=lambda each: each[0])
        days = _by_day(dated)
        return Availability(
            name,
            in_stock=sum(room.units for room in rooms if room.eta is None),
            days=days,
            overdue=sum(room.units for room in rooms if _is_overdue(room, today)),
            available=max(
                (day.available for day in days if by is None or day.day <= by), default=0
            ),
            earliest=None if qty is None else _earliest(dated, days, qty, split=split),
        )


def _rooms(connection: Connection, sku: str) -> list[Room]:
    rows = connection.execute(_ROOMS, {"sku": sku})
    return [Room(eta, int(units), int(largest)) for eta, units, largest in rows]


def _is_overdue(room: Room, today: date) -> bool:
    return room.eta is not None and room.eta < today


def _by_day(dated: Iterable[tuple[date, Room]]) -> list[AvailableDay]:
    added: dict[date, int] = {}
    for day, room in dated:
        added[day] = added.get(day, 0) + room.units
    sums = accumulate(added.values())
    return [AvailableDay(day, added[day], total) for day, total in zip(added, sums, strict=True)]


def _earliest(
    dated: Sequence[tuple[date, Room]], days: Sequence[AvailableDay], qty: int, *, split: bool
) -> date | None:
    """The day of the last unit of a split line, or of the first batch with room for all of it."""
    if split:
        return next((day.day for day in days if day.available >= qty), None)
    return next((day for day, room in dated if room.largest >= qty), None)
