"""The pick list: the units that can leave the warehouse today."""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, literal_column, or_, select

from allocation.adapters.sql.engine.pages import pages
from allocation.adapters.sql.schema import batches, order_lines, products
from allocation.views.selections import Selection


class Pick(NamedTuple):
    """Units of an order line to be taken from a batch in the warehouse.

    `id` is an idempotency key for the shipment of the units. It is the same for each list of the
    same state of the product, and another one after any change of the product.
    """

    sku: str
    ref: str
    orderid: str
    line: str
    qty: int
    required_by: date | None
    id: str


_DIGITS: Final = 16
"""Hexadecimal digits of a hash that distinguish the picks of a product."""

# Looked up for each batch, by the primary key.
_VERSION: Final = (
    select(products.c.version_number)
    .where(products.c.sku == batches.c.sku)
    .correlate(batches)
    .scalar_subquery()
    .label("version_number")
)
_BATCHES: Final[Select[Any]] = select(
    batches.c.sku, batches.c.eta, batches.c.reference, _VERSION
).where(batches.c.eta.is_(None), ~batches.c.blocked, batches.c.allocated_quantity > 0)
_BATCH_KEY: Final = (batches.c.sku, batches.c.reference)
_BY_INDEX: Final = (batches.c.sku, batches.c.eta, batches.c.reference)
_ALLOCATED: Final = order_lines.c.state == literal_column("'allocated'")  # as in the index
_LINES: Final = order_lines.c
_ON_BATCH: Final = select(
    *(_LINES.promise, _LINES.sku, _LINES.orderid, _LINES.line, _LINES.qty),
    *(_LINES.required_by, _LINES.split, _LINES.ordered),
).where(_ALLOCATED, _LINES.batchref == bindparam("ref"))
_STAYING: Final[Select[Any]] = (
    select(literal_column("1"))
    .select_from(order_lines.outerjoin(batches, batches.c.reference == order_lines.c.batchref))
    .where(
        order_lines.c.orderid == bindparam("orderid"),
        order_lines.c.sku == bindparam("sku"),
        order_lines.c.line == bindparam("line"),
        or_(
            order_lines.c.state == "waiting",
            _ALLOCATED & (batches.c.eta.is_not(None) | batches.c.blocked),
        ),
    )
    .limit(1)
)


def read(connection: Connection, selection: Selection) -> Iterator[Pick]:
    """The units that can leave today.

    They are allocated to batches that are in the warehouse and not blocked. A line that may not be
    split leaves whole: it is left out if some of its units have to stay.
    """
    query = _BATCHES.where(*selection.of(batches.c.sku))
    for page in pages(connection, query, _BATCH_KEY, order=_BY_INDEX):
        for batch in page:
            yield from _on_batch(connection, batch.reference, batch.version_number)


def _on_batch(connection: Connection, ref: str, version: int) -> Iterator[Pick]:
    for page in pages(connection, _ON_BATCH, (order_lines.c.promise,), {"ref": ref}):
        for row in page:
            if _can_leave(connection, row):
                id = _id(version, row.sku, ref, row.orderid, row.line)
                yield Pick(row.sku, ref, row.orderid, row.line, row.qty, row.required_by, id)


def _id(version: int, *names: str) -> str:
    """The key of a pick; the names have no control characters, so a NUL separates them."""
    digest = sha256("\0".join(names).encode()).hexdigest()
    return f"pick:{version}:{digest[:_DIGITS]}"


def _can_leave(connection: Connection, row: Row[Any]) -> bool:
    if row.split or row.ordered is None:  # the part is the whole line
        return True
    line = {"orderid": row.orderid, "sku": row.sku, "line": row.line}
    return connection.execute(_STAYING, line).first() is None
