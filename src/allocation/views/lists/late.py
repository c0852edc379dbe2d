"""The list of order lines that are late, whatever their order and product."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

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

from allocation.adapters.sql.schema import batches, order_lines
from allocation.views.lists.cursors import Cursor
from allocation.views.lists.filters import TODAY, exactly
from allocation.views.lists.listing import Listing, Page, Query


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
    (batches.c.eta < TODAY, _HERE.scalar_subquery()), else_=_LATE_HERE.scalar_subquery()
).is_not(None)
_PLACE: Final = tuple_(batches.c.eta, batches.c.reference)
_FROM: Final = tuple_(bindparam("eta", type_=Date), bindparam("ref")) <= _PLACE
_TO: Final = tuple_(bindparam("end_eta", type_=Date), bindparam("end_ref")) >= _PLACE
_OF_PRODUCT: Final = batches.c.sku == bindparam("sku")
# Where a bounded search ends, if there are more shipments.
_END: Final = (
    select(batches.c.eta, batches.c.reference)
    .where(batches.c.eta.is_not(None), _FROM)
    .order_by(batches.c.eta, batches.c.reference)
    .limit(literal_column("1"))
)
_SHIPMENTS: Final = (
    select(batches.c.reference, batches.c.eta)
    .where(
        batches.c.eta.is_not(None),
        _FROM,
        _HAS_LATE_LINES,
    )
    .order_by(batches.c.eta, batches.c.reference)
    .limit(bindparam("rows"))
)
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


def _read(connection: Connection, query: Query) -> Page[LateLine]:
    """A page by shipment; the lines of a shipment in the order of their allocation.

    As in other lists, only so many shipments are looked at: most may have no late line.
    """
    place = (date.min, "", 0) if query.after is None else query.after.key_as((date, str, int))
    reading = _Reading(connection, query.today, query.values.get("sku"), query.search.page)
    end = reading.end(place)
    rows = list(reading.rows(place, query.limit + 1, end))
    lines = [line for line, _ in rows[: query.limit]]
    key = rows[query.limit - 1][1] if len(rows) > query.limit else end and (*end, _AFTER_ALL)
    return Page(lines, None if key is None else Cursor(LATE.name, query.sort, 0, key))


Place = tuple[Any, ...]
"""The place of a late line in the list: the date and reference of its batch, its number."""

_AFTER_ALL: Final = 10**18
"""The number after all lines of a shipment."""


@dataclass(frozen=True)
class _Reading:
    """One read transaction."""

    connection: Connection
    today: date
    sku: str | None
    shipments: int
    """The maximum number of shipments to look at."""

    def end(self, place: Place) -> Place | None:
        """The last shipment to look at, if there are more."""
        query = self._of_product(_END).offset(literal_column(str(self.shipments)))
        row = self.connection.execute(query, self._parameters(place))
        return next((tuple(each) for each in row), None)

    def rows(self, place: Place, most: int, end: Place | None) -> Iterator[tuple[LateLine, Place]]:
        """Late lines with their places in the list."""
        left = most
        for ref, eta in map(tuple, self._shipments(place, most + 1, end)):
            number = place[2] if (eta, ref) == place[:2] else 0
            for row in self._lines(ref, eta, number, left):
                yield self._line(row, eta), (eta, ref, row.promise)
                left -= 1
            if not left:
                return

    def _shipments(self, place: Place, rows: int, end: Place | None) -> list[Row[Any]]:
        query, parameters = self._of_product(_SHIPMENTS), self._parameters(place)
        if end is not None:
            query = query.where(_TO)
            parameters |= {"end_eta": end[0], "end_ref": end[1]}
        return [*self.connection.execute(query, {**parameters, "rows": rows})]

    def _of_product(self, query: Select[Any]) -> Select[Any]:
        return query if self.sku is None else query.where(_OF_PRODUCT)

    def _parameters(self, place: Place) -> dict[str, Any]:
        return {"today": self.today, "eta": place[0], "ref": place[1], "sku": self.sku}

    def _lines(self, ref: str, eta: date, after: int, rows: int) -> list[Row[Any]]:
        key = {"ref": ref, "after": after, "rows": rows}
        if eta < self.today:
            return [*self.connection.execute(_ALL_ON, key)]
        return [*self.connection.execute(_LATE_ON, {**key, "eta": eta})]

    def _line(self, row: Row[Any], eta: date) -> LateLine:
        line = row.orderid, row.sku, row.line, row.qty, row.batchref
        days = row.due, row.first_promised, row.required_by
        return LateLine(*line, eta, eta < self.today, *days)


LATE: Final = Listing(
    name="late",
    items="lines",
    nouns="order lines",
    title="List order lines that are late",
    about=(
        "A line is late if it is promised from an overdue shipment, or from one that is due after "
        "the day on which the customer needs it, or after the first day that was promised. Lines "
        "that wait are among the backorders, and lines in stock among the unshipped ones. The "
        "lines of a shipment are listed in the order of allocation."
    ),
    empty="No order line is late.",
    tag="orders",
    row=LateLine,
    filters=(exactly("sku", order_lines.c.sku, "Only lines for this product"),),
    sorts={"eta": "by shipment; the one that was due first comes first"},
    read=_read,
)
