"""The list of backorders: what waits for stock."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, bindparam, literal_column, select

from allocation.adapters.sql.schema import order_lines
from allocation.views.lists.filters import days_of, exactly, prefix_of
from allocation.views.lists.index_scan import IndexScan
from allocation.views.lists.listing import Listing, Values


@dataclass(frozen=True, slots=True)
class Backorder:
    """Units of an order line that wait for stock.

    `qty` units wait, of the `ordered` units of the line. `first_promised` is the first day that
    was promised for them, if they were allocated before; `required_by` the day on which the
    customer needs them. Only a line that may be `split` may be allocated in parts.
    """

    orderid: str
    sku: str
    line: str
    qty: int
    ordered: int
    required_by: date | None
    first_promised: date | None
    split: bool


_WAITING: Final = order_lines.c.state == literal_column("'waiting'")  # as in the index
_ROWS: Final = select(order_lines)
_BY_SKU: Final = IndexScan(
    rows=_ROWS, where=(_WAITING,), key=(order_lines.c.sku, order_lines.c.position)
)
_OF_PRODUCT: Final = IndexScan(
    rows=_ROWS,
    where=(_WAITING, order_lines.c.sku == bindparam("sku")),
    key=(order_lines.c.position,),
    order=(order_lines.c.sku, order_lines.c.position),
    covers=frozenset({"sku"}),
)


def _scans(_sort: str, values: Values) -> tuple[IndexScan, ...]:
    return (_OF_PRODUCT,) if "sku" in values else (_BY_SKU,)


def _row(row: Row[Any], _today: date) -> Backorder:
    return Backorder(
        row.orderid,
        row.sku,
        row.line,
        row.qty,
        row.ordered or row.qty,
        row.required_by,
        row.first_promised,
        split=bool(row.split),
    )


BACKORDERS: Final = Listing(
    name="backorders",
    items="lines",
    nouns="order lines",
    title="List what waits for stock",
    about="The oldest line of a product, which is served first, comes first.",
    empty="No order line waits.",
    tag="orders",
    row=Backorder,
    filters=(
        exactly("sku", order_lines.c.sku, "Only lines for this product"),
        prefix_of("sku", order_lines.c.sku, "lines for products with skus"),
        prefix_of("orderid", order_lines.c.orderid, "lines of orders with ids"),
        *days_of("required", order_lines.c.required_by, "a required day"),
    ),
    sorts={"sku": "by product"},
    scans=_scans,
    row_of=_row,
)
