"""The lines and the batches of a product that are on record, read only as far as needed."""

from collections.abc import Iterator
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Select, bindparam, select

from allocation.adapters.sql.engine.compiled_query import compiled
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.stock.change_set import BatchRow
from allocation.adapters.sql.stock.schema import batches, order_lines
from allocation.domain.model import Batch
from allocation.domain.order_line import Allocation, OrderLine
from allocation.domain.stored_lines import LargestRoom

FIRST_PAGE: Final = 16
LONGEST_PAGE: Final = 1024
"""Rows read at once; every page is twice as long as the one before it."""
MOST_QUEUES: Final = 32
"""So many different quantities are read one by one; more of them, together, by position."""

_LINE = select(
    order_lines.c.orderid,
    order_lines.c.sku,
    order_lines.c.qty,
    order_lines.c.position,
    order_lines.c.batchref,
    order_lines.c.promise,
)
_BY_ORDER = _LINE.where(
    order_lines.c.sku == bindparam("sku"), order_lines.c.orderid == bindparam("orderid")
)
_NEWEST = (
    _LINE.where(
        order_lines.c.batchref == bindparam("batchref"),
        order_lines.c.promise < bindparam("before"),
    )
    .order_by(order_lines.c.promise.desc())
    .limit(bindparam("rows"))
)
_WAITING = order_lines.c.sku == bindparam("sku"), order_lines.c.batchref.is_(None)
_NEXT_QUANTITY = (
    select(order_lines.c.qty)
    .where(*_WAITING, order_lines.c.qty > bindparam("above"))
    .order_by(order_lines.c.qty)
    .limit(1)
)
_OLDEST = (
    _LINE.where(
        *_WAITING,
        order_lines.c.qty == bindparam("qty"),
        order_lines.c.position > bindparam("after"),
    )
    .order_by(order_lines.c.position)
    .limit(bindparam("rows"))
)
_BY_POSITION = (
    _LINE.where(
        *_WAITING,
        order_lines.c.position > bindparam("after"),
        order_lines.c.qty <= bindparam("largest"),
    )
    .order_by(order_lines.c.position)
    .limit(bindparam("rows"))
)
_BATCH: Final = select(*(batches.c[name] for name in BatchRow._fields))
_OF_PRODUCT: Final = batches.c.sku == bindparam("sku")
_BY_REFERENCE: Final = _BATCH.where(_OF_PRODUCT, batches.c.reference == bindparam("reference"))
_ALL: Final = _BATCH.where(_OF_PRODUCT)
_BEYOND_ALL: Final = 2**62
_POSITION: Final = 3


class SqlStoredLines:
    """The `StoredLines` of one product, in the transaction of a driver."""

    def __init__(self, driver: TransactionConnection, sku: str) -> None:
        self._driver = driver
        self._sku = sku

    def find(self, orderid: str) -> Allocation | None:
        """The line of this order, if it is known."""
        rows = self._rows(_BY_ORDER, sku=self._sku, orderid=orderid)
        return _allocation(rows[0]) if rows else None

    def newest_on(self, batchref: str) -> Iterator[Allocation]:
        """The lines promised from a batch, the newest promise first."""
        before, rows = _BEYOND_ALL, FIRST_PAGE
        while True:
            page = self._rows(_NEWEST, batchref=batchref, before=before, rows=rows)
            yield from map(_allocation, page)
            if len(page) < rows:
                return
            before, rows = page[-1][-1], min(2 * rows, LONGEST_PAGE)

    def waiting(self, largest: LargestRoom, after: int = 0) -> Iterator[Allocation]:
        """The waiting lines behind a position, oldest first, without those over `largest()`.

        There are two ways to read them. Each quantity has a queue of its own in the index,
        so that lines too large to fit are never read; the queues are merged by position.
        Where many different quantities fit, they are read together, by position, a page
        at a time, until the room has shrunk to few quantities.
        """
        rows, most = FIRST_PAGE, largest()
        while True:
            if largest() <= most:
                quantities = list(islice(self._quantities(largest()), MOST_QUEUES + 1))
                if len(quantities) <= MOST_QUEUES:
                    queues = [self._queue_of(qty, largest, after) for qty in quantities]
                    yield from merge(*queues, key=attrgetter("position"))
                    return
                most = largest() // 2
            bounds = {"after": after, "largest": largest(), "rows": rows}
            page = self._rows(_BY_POSITION, sku=self._sku, **bounds)
            yield from map(_allocation, page)
            if len(page) < rows:
                return
            after, rows = page[-1][_POSITION], min(2 * rows, LONGEST_PAGE)

    def _quantities(self, largest: int) -> Iterator[int]:
        above = 0
        while above < largest:
            next_quantity = self._rows(_NEXT_QUANTITY, sku=self._sku, above=above)
            if not next_quantity or next_quantity[0][0] > largest:
                return
            above = next_quantity[0][0]
            yield above

    def _queue_of(self, qty: int, largest: LargestRoom, after: int) -> Iterator[Allocation]:
        rows = FIRST_PAGE
        while qty <= largest():
            page = self._rows(_OLDEST, sku=self._sku, qty=qty, after=after, rows=rows)
            yield from map(_allocation, page)
            if len(page) < rows:
                return
            after, rows = page[-1][_POSITION], min(2 * rows, LONGEST_PAGE)

    def _rows(self, query: Select[Any], **key: object) -> list[tuple[Any, ...]]:
        return self._driver.fetch_all(compiled(query, self._driver.name), key)


class SqlStoredBatches:
    """The `StoredBatches` of one product, in the transaction of a driver."""

    def __init__(self, driver: TransactionConnection, sku: str) -> None:
        self._driver = driver
        self._sku = sku

    def find(self, reference: str) -> Batch | None:
        """The batch of this reference, if the product has it."""
        return next(self._read(_BY_REFERENCE, reference=reference), None)

    def all(self) -> list[Batch]:
        """Every batch of the product, in the order of the references."""
        return sorted(self._read(_ALL), key=attrgetter("reference"))  # as no database's locale does

    def _read(self, query: Select[Any], **key: object) -> Iterator[Batch]:
        rows = self._driver.fetch_all(compiled(query, self._driver.name), {"sku": self._sku, **key})
        return (BatchRow._make(row).batch() for row in rows)


def _allocation(row: tuple[Any, ...]) -> Allocation:
    orderid, sku, qty, position, batchref, allocation_number = row
    return Allocation(OrderLine(orderid, sku, qty), position, batchref, allocation_number)
