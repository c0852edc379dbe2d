"""Queries of a batch, and of the order lines that are promised from it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, bindparam, literal_column, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines
from allocation.domain.errors import UnknownBatch
from allocation.domain.validation import LONGEST_TEXT, normalize_name
from allocation.views.batches import BatchView, view_of
from allocation.views.listed import LISTED


@dataclass(frozen=True, slots=True)
class BatchDetails(BatchView):
    """A batch with its product and, if it is a part of a shipment, that shipment."""

    sku: str
    received_from: str | None


@dataclass(frozen=True, slots=True)
class PromisedLine:
    """Units of an order line that are promised from a batch.

    They are `late` if the batch is overdue, or due after the day on which the customer needs them
    (`required_by`), or after the first day that was promised (`first_promised`).
    """

    orderid: str
    sku: str
    line: str
    qty: int
    required_by: date | None
    first_promised: date | None
    late: bool


@dataclass(frozen=True, slots=True)
class PromisedPage:
    """A batch with a page of the lines that are promised from it, in the order of allocation.

    `next_after` is the cursor of the next page, None on the last one.
    """

    batch: BatchDetails
    lines: list[PromisedLine]
    next_after: int | None


_BATCH: Final = select(batches).where(batches.c.reference == bindparam("ref"))
_PROMISED: Final = (
    select(order_lines)
    .where(
        order_lines.c.state == literal_column("'allocated'"),  # as in the predicate of the index
        order_lines.c.batchref == bindparam("ref"),
        order_lines.c.promise > bindparam("after"),
    )
    .order_by(order_lines.c.promise)
    .limit(bindparam("rows"))
)


class PromisedLineViews:
    """Queries of the lines that are promised from a batch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, today: date, ref: str, *, after: int = 0, limit: int = LISTED) -> PromisedPage:
        """A batch with a page of its lines: those whose allocation numbers follow `after`.

        The newest promise comes last: its line is the first to lose its units.

        Raises:
            UnknownBatch: no batch has this reference.
        """
        name = normalize_name(ref)
        if name is None:
            raise UnknownBatch(ref[:LONGEST_TEXT])
        with self._database.reading() as connection:
            batch = connection.execute(_BATCH, {"ref": name}).one_or_none()
            if batch is None:
                raise UnknownBatch(name)
            key = {"ref": name, "after": after, "rows": limit + 1}
            rows = connection.execute(_PROMISED, key).all()
        lines = [_line(row, batch.eta, today) for row in rows[:limit]]
        next_after = rows[limit - 1].promise if len(rows) > limit else None
        return PromisedPage(details_of(batch), lines, next_after)


def details_of(row: Row[Any]) -> BatchDetails:
    """The batch that a row of the table stands for, with its product."""
    batch = view_of(row)
    return BatchDetails(
        batch.batchref,
        batch.status,
        batch.eta,
        batch.announced_eta,
        batch.purchased_quantity,
        batch.allocated_quantity,
        batch.available_quantity,
        batch.blocked_quantity,
        row.sku,
        row.received_from,
    )


def _line(row: Row[Any], eta: date | None, today: date) -> PromisedLine:
    return PromisedLine(
        row.orderid,
        row.sku,
        row.line,
        row.qty,
        row.required_by,
        row.first_promised,
        late=eta is not None and _is_late(row.due, eta, today),
    )


def _is_late(due: date | None, eta: date, today: date) -> bool:
    return eta < today or (due is not None and due < eta)
