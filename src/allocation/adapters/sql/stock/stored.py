"""The stored lines and batches of a product, read only as far as needed."""

from collections.abc import Iterator, Mapping
from datetime import date
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import (
    CompoundSelect,
    Date,
    Integer,
    Select,
    bindparam,
    literal_column,
    or_,
    select,
)

from allocation.adapters.sql.engine.compiled_query import compiled
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.stock import part_row
from allocation.adapters.sql.stock.change_set import BatchRow
from allocation.adapters.sql.stock.schema import batches, order_lines
from allocation.domain.model import Batch
from allocation.domain.order_line import Parts
from allocation.domain.stored_lines import NO_DATES, LargestRoom

FIRST_PAGE: Final = 16
LONGEST_PAGE: Final = 1024
"""Rows read at once; every page is twice as long as the one before it."""
MOST_QUEUES: Final = 32
"""The maximum number of different quantities that are read one by one, instead of by position."""

_PARTS = [order_lines.c[name] for name in part_row.COLUMNS]
_LINE = select(*_PARTS)
_BY_ORDER = _LINE.where(
    order_lines.c.sku == bindparam("sku"), order_lines.c.orderid == bindparam("orderid")
).order_by(order_lines.c.line, order_lines.c.part)
_ALLOCATED = order_lines.c.state == literal_column("'allocated'")
_ON_BATCH = _LINE.where(_ALLOCATED, order_lines.c.batchref == bindparam("batchref"))
_NEWEST = (
    _ON_BATCH.where(order_lines.c.promise < bindparam("before"))
    .order_by(order_lines.c.promise.desc())
    .limit(bindparam("rows"))
)
_OLDEST_ON = (
    _ON_BATCH.where(order_lines.c.promise > bindparam("after"))
    .order_by(order_lines.c.promise)
    .limit(bindparam("rows"))
)
_WAITING = (
    order_lines.c.sku == bindparam("sku"),
    order_lines.c.state == literal_column("'waiting'"),
)
_NEXT_ROOM = (
    select(order_lines.c.least_room)
    .where(*_WAITING, order_lines.c.least_room > bindparam("above"))
    .order_by(order_lines.c.least_room)
    .limit(1)
)
_OLDEST = (
    _LINE.where(
        *_WAITING,
        order_lines.c.least_room == bindparam("room"),
        order_lines.c.position > bindparam("after"),
    )
    .order_by(order_lines.c.position)
    .limit(bindparam("rows"))
)
_BY_POSITION = (
    _LINE.where(
        *_WAITING,
        order_lines.c.position > bindparam("after"),
        order_lines.c.least_room <= bindparam("largest"),
    )
    .order_by(order_lines.c.position)
    .limit(bindparam("rows"))
)
_CAN_USE_ROOM = or_(order_lines.c.split, order_lines.c.qty <= bindparam("largest", type_=Integer))
_ALL_ON = (
    _ON_BATCH.where(order_lines.c.position > bindparam("after"), _CAN_USE_ROOM)
    .order_by(order_lines.c.position)
    .limit(bindparam("rows"))
)
_LATE_ON = _ALL_ON.where(order_lines.c.due < bindparam("eta", type_=Date))
_UNTOLD = (
    _LINE.where(
        order_lines.c.sku == bindparam("sku"),
        order_lines.c.stale_batchref.is_not(None),
        order_lines.c.position > bindparam("after"),
    )
    .order_by(order_lines.c.position)
    .limit(bindparam("rows"))
)
_ON_SHIPMENT = (
    batches.c.sku == bindparam("sku"),
    order_lines.c.batchref == batches.c.reference,
    _ALLOCATED,
    order_lines.c.position > bindparam("after"),
    _CAN_USE_ROOM,
)
_TODAY = bindparam("today", type_=Date)
# `IS NOT NULL` would look at the batches in the warehouse first, which come before the others.
_SHIPMENT: Final[Select[Any]] = (
    select(literal_column("1"))
    .where(batches.c.sku == bindparam("sku"), batches.c.eta >= literal_column("'0001-01-01'"))
    .limit(1)
)
# Two queries, each by its own index: all parts on overdue batches, and parts past their due day.
_LATE = (
    select(*_PARTS)
    .where(*_ON_SHIPMENT, batches.c.eta < _TODAY)
    .union_all(
        select(*_PARTS).where(
            *_ON_SHIPMENT, batches.c.eta >= _TODAY, order_lines.c.due < batches.c.eta
        )
    )
    .order_by("position")
    .limit(bindparam("rows"))
)
_BATCH: Final = select(*(batches.c[name] for name in BatchRow._fields))
_OF_PRODUCT: Final = batches.c.sku == bindparam("sku")
_BY_REFERENCE: Final = _BATCH.where(_OF_PRODUCT, batches.c.reference == bindparam("reference"))
_ALL: Final = _BATCH.where(_OF_PRODUCT)
_BEYOND_ALL: Final = 2**62
_POSITION: Final = part_row.COLUMNS.index("position")
_PROMISE: Final = part_row.COLUMNS.index("promise")


class SqlStoredLines:
    """The `StoredLines` of one product, in the transaction of a connection."""

    def __init__(self, driver: TransactionConnection, sku: str) -> None:
        self._driver = driver
        self._sku = sku

    def find(self, orderid: str) -> Parts:
        """The parts of all lines of this order for the product."""
        rows = self._read(_BY_ORDER, sku=self._sku, orderid=orderid)
        return tuple(map(part_row.part_of, rows))

    def newest_on(self, batchref: str) -> Iterator[Parts]:
        """The lines with a part allocated to a batch, the newest allocation first."""
        return self._pages(_NEWEST, "before", _BEYOND_ALL, _PROMISE, batchref=batchref)

    def oldest_on(self, batchref: str, after: int = 0) -> Iterator[Parts]:
        """The lines with a part allocated to a batch, the oldest allocation first."""
        return self._pages(_OLDEST_ON, "after", after, _PROMISE, batchref=batchref)

    def late(
        self,
        today: date,
        largest: int,
        after: int = 0,
        rescheduled: Mapping[str, date | None] = NO_DATES,
    ) -> Iterator[Parts]:
        """The lines with a late part behind a position; see `StoredLines.late`."""
        key = {"sku": self._sku, "today": today.isoformat(), "largest": largest}
        stored = self._pages(_LATE, "after", after, _POSITION, **key)
        on_batches = (
            self._late_on(ref, eta, today, largest, after)
            for ref, eta in rescheduled.items()
            if eta
        )
        return merge(stored, *on_batches, key=lambda parts: parts[0].position)

    def unreported(self, after: int = 0) -> Iterator[Parts]:
        """The lines with an open part of which something is to be told, from a position on."""
        return self._pages(_UNTOLD, "after", after, _POSITION, sku=self._sku)

    def _late_on(
        self, batchref: str, eta: date, today: date, largest: int, after: int
    ) -> Iterator[Parts]:
        key: dict[str, object] = {"batchref": batchref, "largest": largest}
        if eta < today:
            return self._pages(_ALL_ON, "after", after, _POSITION, **key)
        return self._pages(_LATE_ON, "after", after, _POSITION, **key, eta=eta.isoformat())

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Parts]:
        """The lines with a waiting part behind a position, the lowest position first.

        There are two ways to read them. If few different quantities fit, the lines of each
        quantity are read as a queue from the index, so that lines too large to fit are never
        read, and the queues are merged by position. If many different quantities fit, the lines
        are read by position, page by page, until the room has shrunk to few quantities. (The
        quantity of a part that may be split is 1 here, since it can use any room.)
        """
        rows, most = FIRST_PAGE, largest()
        while True:
            if largest() <= most:
                quantities = list(islice(self._quantities(largest()), MOST_QUEUES + 1))
                if len(quantities) <= MOST_QUEUES:
                    queues = [self._queue_of(room, largest, after) for room in quantities]
                    yield from merge(*queues, key=lambda parts: parts[0].position)
                    return
                most = largest() // 2
            key = {"after": after, "largest": largest(), "rows": rows}
            page = self._read(_BY_POSITION, sku=self._sku, **key)
            yield from map(self._line, page)
            if len(page) < rows:
                return
            after, rows = page[-1][_POSITION], min(2 * rows, LONGEST_PAGE)

    def _quantities(self, largest: int) -> Iterator[int]:
        above = 0
        while above < largest:
            next_quantity = self._read(_NEXT_ROOM, sku=self._sku, above=above)
            if not next_quantity or next_quantity[0][0] > largest:
                return
            above = next_quantity[0][0]
            yield above

    def _queue_of(self, room: int, largest: LargestRoom, after: int) -> Iterator[Parts]:
        rows = FIRST_PAGE
        while room <= largest():
            page = self._read(_OLDEST, sku=self._sku, room=room, after=after, rows=rows)
            yield from map(self._line, page)
            if len(page) < rows:
                return
            after, rows = page[-1][_POSITION], min(2 * rows, LONGEST_PAGE)

    def _pages(
        self,
        query: CompoundSelect[Any] | Select[Any],
        cursor: str,
        start: int,
        column: int,
        **key: object,
    ) -> Iterator[Parts]:
        """The lines of a query, page by page; the cursor is the last value of a column."""
        rows = FIRST_PAGE
        while True:
            page = self._read(query, **key, **{cursor: start}, rows=rows)
            yield from map(self._line, page)
            if len(page) < rows:
                return
            start, rows = page[-1][column], min(2 * rows, LONGEST_PAGE)

    def _line(self, row: part_row.Row) -> Parts:
        """The line of a row, complete with its other parts."""
        part = part_row.part_of(row)
        if part_row.is_whole(row):
            return (part,)
        name = part.line.line
        return tuple(each for each in self.find(part.line.orderid) if each.line.line == name)

    def _read(
        self, query: CompoundSelect[Any] | Select[Any], **key: object
    ) -> list[tuple[Any, ...]]:
        return self._driver.fetch_all(compiled(query, self._driver.name), key)


class SqlStoredBatches:
    """The `StoredBatches` of one product, in the transaction of a connection."""

    def __init__(self, driver: TransactionConnection, sku: str) -> None:
        self._driver = driver
        self._sku = sku

    def find(self, reference: str) -> Batch | None:
        """The batch of this reference, if the product has it."""
        return next(self._read(_BY_REFERENCE, reference=reference), None)

    def all(self) -> list[Batch]:
        """Every batch of the product, in the order of the references."""
        return sorted(self._read(_ALL), key=attrgetter("reference"))  # whatever the locale

    def has_shipments(self) -> bool:
        """Whether any batch of the product is due on a day."""
        query = compiled(_SHIPMENT, self._driver.name)
        return bool(self._driver.fetch_all(query, {"sku": self._sku}))

    def _read(self, query: Select[Any], **key: object) -> Iterator[Batch]:
        rows = self._driver.fetch_all(compiled(query, self._driver.name), {"sku": self._sku, **key})
        return (BatchRow._make(row).batch() for row in rows)
