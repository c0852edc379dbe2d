"""Pages of a product's batches, by keyset: every page takes the same time."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, bindparam, func, select, tuple_

from allocation.adapters.sql.schema import batches
from allocation.domain.errors import UnknownBatch
from allocation.domain.validation import normalize_name

BatchStatus = Literal["available", "blocked", "cancelled"]


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch and its quantities, in units.

    The purchased quantity is the sum of the others; units of a blocked batch that are not allocated
    are blocked. The `status` is available, blocked or cancelled. `announced_eta` is the `eta` with
    which the batch was announced.
    """

    batchref: str
    status: BatchStatus
    eta: date | None
    announced_eta: date | None
    purchased_quantity: int
    allocated_quantity: int
    available_quantity: int
    blocked_quantity: int


@dataclass(frozen=True, slots=True)
class BatchPage:
    """A page of a product's batches, in the order of preference.

    `count` is the number of all batches; `next_after` is the cursor of the next page, None on the
    last one.
    """

    batches: list[BatchView]
    count: int
    next_after: str | None


_OF_PRODUCT: Final = batches.c.sku == bindparam("sku")
_COUNT: Final = select(func.count()).where(_OF_PRODUCT)
_CURSOR: Final = select(batches.c.eta).where(_OF_PRODUCT, batches.c.reference == bindparam("after"))
# Two queries, because databases differ in where they sort NULL.
_IN_STOCK: Final = (
    select(batches)
    .where(_OF_PRODUCT, batches.c.eta.is_(None), batches.c.reference > bindparam("after"))
    .order_by(batches.c.eta, batches.c.reference)
    .limit(bindparam("rows"))
)
_ON_THE_WAY: Final = (
    select(batches)
    .where(
        _OF_PRODUCT,
        tuple_(batches.c.eta, batches.c.reference) > tuple_(bindparam("eta"), bindparam("after")),
    )
    .order_by(batches.c.eta, batches.c.reference)
    .limit(bindparam("rows"))
)
_BEFORE_ALL: Final = ""


def batch_page(connection: Connection, sku: str, limit: int, after: str | None) -> BatchPage:
    """The first batches of a product, or those after the batch `after`.

    Raises:
        UnknownBatch: the product has no batch with the reference `after`.
    """
    rows = _rows(connection, sku, limit + 1, after)
    count = connection.execute(_COUNT, {"sku": sku}).scalar_one()
    page = [view_of(row) for row in rows[:limit]]
    return BatchPage(page, count, page[-1].batchref if len(rows) > limit else None)


def _rows(connection: Connection, sku: str, limit: int, after: str | None) -> list[Row[Any]]:
    parameters = {"sku": sku, "rows": limit, "eta": date.min, "after": _BEFORE_ALL}
    rows: list[Row[Any]] = []
    eta = None
    if after is not None:
        parameters["after"] = normalize_name(after)
        cursor = connection.execute(_CURSOR, parameters).one_or_none()
        if cursor is None:
            raise UnknownBatch(after)
        eta = cursor.eta
    if eta is None:
        rows += connection.execute(_IN_STOCK, parameters)
        parameters["rows"] = limit - len(rows)
    else:
        parameters["eta"] = eta
    if len(rows) < limit:
        rows += connection.execute(_ON_THE_WAY, parameters)
    return rows


def view_of(row: Row[Any]) -> BatchView:
    """The batch that a row of the table stands for."""
    unallocated = row.purchased_quantity - row.allocated_quantity
    return BatchView(
        row.reference,
        _status(row),
        row.eta,
        row.initial_eta,
        row.purchased_quantity,
        row.allocated_quantity,
        available_quantity=0 if row.blocked else unallocated,
        blocked_quantity=unallocated if row.blocked else 0,
    )


def _status(row: Row[Any]) -> BatchStatus:
    if row.cancelled:
        return "cancelled"
    return "blocked" if row.blocked else "available"
