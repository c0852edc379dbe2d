"""The list of order lines that are late, whatever their order and product."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Date, Row, Select, bindparam, case, func, literal_column, select

from allocation.adapters.sql.schema import batches, order_lines
from allocation.views.lists.batch_lines import IS_ALLOCATED, LINES_OF_BATCH, BatchLines
from allocation.views.lists.batches import DATED, DATED_OF_PRODUCT
from allocation.views.lists.filters import TODAY, exactly
from allocation.views.lists.listing import Listing


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


_HERE: Final[Select[Any]] = (
    select(literal_column("1"))
    .where(IS_ALLOCATED, order_lines.c.batchref == batches.c.reference)
    .correlate(batches)
    .limit(1)
)
_LATE_HERE: Final = _HERE.where(order_lines.c.due < batches.c.eta)
# Not EXISTS, for which PostgreSQL may read all lines into a hash table.
_HAS_LATE_LINES: Final = case(
    (batches.c.eta < TODAY, _HERE.scalar_subquery()), else_=_LATE_HERE.scalar_subquery()
).is_not(None)
# An expression, so that the index of due days is not used, and sorted.
_LATE_LINES: Final = replace(
    LINES_OF_BATCH,
    skips=(func.coalesce(order_lines.c.due, order_lines.c.due) < bindparam("eta", type_=Date),),
)
_SHIPMENTS, _OF_PRODUCT = (
    BatchLines(
        batches=replace(scan, skips=(_HAS_LATE_LINES,)),
        lines_of=lambda batch, today: LINES_OF_BATCH if batch.eta < today else _LATE_LINES,
    )
    for scan in (DATED, DATED_OF_PRODUCT)
)


def _row(row: Row[Any], today: date) -> LateLine:
    line = row.orderid, row.sku, row.line, row.qty, row.batchref
    return LateLine(*line, row.eta, row.eta < today, row.due, row.first_promised, row.required_by)


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
    batch_lines=lambda values: _OF_PRODUCT if "sku" in values else _SHIPMENTS,
    row_of=_row,
)
