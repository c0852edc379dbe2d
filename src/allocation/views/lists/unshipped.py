"""The list of what can be shipped now: lines that are allocated in the warehouse."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Row, bindparam, select

from allocation.adapters.sql.schema import batches, order_lines
from allocation.views.lists.batch_lines import IS_ALLOCATED, LINES_OF_BATCH, BatchLines
from allocation.views.lists.batches import REF_PREFIX, SKU_PREFIX, STOCK_OF_PRODUCT
from allocation.views.lists.filters import Filter, days_of, exactly, prefix_of
from allocation.views.lists.index_scan import IndexScan
from allocation.views.lists.listing import Listing, Values


@dataclass(frozen=True, slots=True)
class UnshippedLine:
    """Units of an order line that can be shipped now.

    They are allocated to a batch in the warehouse that is not blocked. The first day that was
    promised for them (`first_promised`) was `days` days ago; 0 if it is today, or still to come.
    """

    orderid: str
    sku: str
    line: str
    qty: int
    batchref: str
    first_promised: date | None
    days: int
    required_by: date | None


# Not a join, for which PostgreSQL may read all batches into a hash table, and then sort.
_IS_IN_STOCK: Final[ColumnElement[bool]] = (
    select(batches.c.eta.is_(None) & ~batches.c.blocked)
    .where(batches.c.reference == order_lines.c.batchref)
    .correlate(order_lines)
    .scalar_subquery()
)
_IS_PROMISED: Final = order_lines.c.first_promised <= bindparam("promised_by", type_=Date)
_BY_BATCH: Final = IndexScan(
    rows=select(order_lines),
    where=(IS_ALLOCATED,),
    key=(order_lines.c.batchref, order_lines.c.promise),
    skips=(_IS_IN_STOCK,),
)
_OF_PRODUCT: Final = BatchLines(
    batches=replace(STOCK_OF_PRODUCT, skips=(~batches.c.blocked, batches.c.allocated_quantity > 0)),
    lines_of=lambda _batch, _today: LINES_OF_BATCH,
    of_batches={each.name: each for each in (REF_PREFIX, SKU_PREFIX)},
)
_DAYS: Final = Filter(
    name="days",
    about="Only lines whose first promised day was at least so many days ago",
    kind="number",
    condition=_IS_PROMISED,
)


def _resolved(values: Values, today: date) -> Values:
    days = values.get(_DAYS.name)
    if not days:  # no day is so early that its line would have to be left out
        return {name: value for name, value in values.items() if name != _DAYS.name}
    return {**values, "promised_by": today - timedelta(days=days)}


def _row(row: Row[Any], today: date) -> UnshippedLine:
    first = row.first_promised
    return UnshippedLine(
        row.orderid,
        row.sku,
        row.line,
        row.qty,
        row.batchref,
        first,
        0 if first is None else max(0, (today - first).days),
        row.required_by,
    )


UNSHIPPED: Final = Listing(
    name="unshipped",
    items="lines",
    nouns="order lines",
    title="List what can be shipped now",
    about=(
        "Lines that are allocated in the warehouse, in a batch that is not blocked; with `days`, "
        "those that lie there since their day. The lines of a batch are listed in the order of "
        "allocation."
    ),
    empty="No order line is to be shipped.",
    tag="orders",
    row=UnshippedLine,
    filters=(
        _DAYS,
        exactly("sku", order_lines.c.sku, "Only lines for this product"),
        prefix_of("sku", order_lines.c.sku, "lines for products with skus"),
        prefix_of("orderid", order_lines.c.orderid, "lines of orders with ids"),
        prefix_of("ref", order_lines.c.batchref, "lines in batches with references"),
        *days_of("required", order_lines.c.required_by, "a required day"),
    ),
    sorts={"ref": "by batch"},
    scans=lambda _sort, _values: (_BY_BATCH,),
    batch_lines=lambda values: _OF_PRODUCT if "sku" in values else None,
    row_of=_row,
    resolve=_resolved,
)
