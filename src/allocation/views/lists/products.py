"""The list of products: what of each can be promised, is allocated, and waits."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    select,
)

from allocation.adapters.sql.schema import batches, order_lines, products
from allocation.views.lists.filters import TODAY, Filter, prefix_of
from allocation.views.lists.index_scan import IndexScan
from allocation.views.lists.listing import Listing


@dataclass(frozen=True, slots=True)
class ProductSummary:
    """A product, and the sums of its batches and of its waiting lines, in units.

    Units are available in the warehouse (`in_stock`), from shipments on their way (`on_the_way`),
    of which the next one is due on the day `next_eta`, or from `overdue` ones. `allocated` units
    are promised to order lines. In `waiting_lines` lines, `waiting` units wait for stock.
    """

    sku: str
    in_stock: int
    on_the_way: int
    overdue: int
    next_eta: date | None
    allocated: int
    waiting_lines: int
    waiting: int


_FREE: Final = batches.c.purchased_quantity - batches.c.allocated_quantity
_IS_OPEN: Final = ~batches.c.exhausted


def _of_batches(value: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    """A sum of a product's batches."""
    of_product = select(value).where(batches.c.sku == products.c.sku, *conditions)
    return of_product.correlate(products).scalar_subquery()


def _of_queue(value: ColumnElement[Any]) -> ScalarSelect[Any]:
    """A sum of a product's waiting lines."""
    waits = order_lines.c.state == literal_column("'waiting'")  # as in the predicate of the index
    queue = select(value).where(order_lines.c.sku == products.c.sku, waits)
    return queue.correlate(products).scalar_subquery()


def _units(*conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    """The units that can be promised of some of a product's batches."""
    return _of_batches(func.coalesce(func.sum(_FREE), 0), _IS_OPEN, *conditions)


_ROWS: Final = select(
    products.c.sku,
    _units(batches.c.eta.is_(None)).label("in_stock"),
    _units(batches.c.eta >= TODAY).label("on_the_way"),
    _units(batches.c.eta < TODAY).label("overdue"),
    _of_batches(func.min(batches.c.eta), _IS_OPEN, batches.c.eta >= TODAY).label("next_eta"),
    _of_batches(func.coalesce(func.sum(batches.c.allocated_quantity), 0)).label("allocated"),
    _of_queue(func.count()).label("waiting_lines"),
    _of_queue(func.coalesce(func.sum(order_lines.c.qty), 0)).label("waiting"),
)
# Not EXISTS, for which PostgreSQL may read all batches into a hash table.
_ANY_OPEN: Final = (
    select(literal_column("1"))
    .where(batches.c.sku == products.c.sku, _IS_OPEN)
    .correlate(products)
    .limit(literal_column("1"))
    .scalar_subquery()
)
_STATE: Final = case((_ANY_OPEN.is_not(None), literal("available")), else_=literal("exhausted"))
_BY_SKU: Final = IndexScan(rows=_ROWS, key=(products.c.sku,))


def _row(row: Row[Any], _today: date) -> ProductSummary:
    return ProductSummary(
        row.sku,
        int(row.in_stock),
        int(row.on_the_way),
        int(row.overdue),
        row.next_eta,
        int(row.allocated),
        int(row.waiting_lines),
        int(row.waiting),
    )


PRODUCTS: Final = Listing(
    name="products",
    items="products",
    nouns="products",
    title="List products with the sums of their stock",
    about="Each product with what can be promised, what is allocated, and what waits.",
    empty="There is no such product.",
    tag="stock",
    row=ProductSummary,
    filters=(
        prefix_of("sku", products.c.sku, "products with skus"),
        Filter(
            name="state",
            about="Only products of which units can be promised, or of which none can",
            kind="choice",
            choices=("available", "exhausted"),
            condition=bindparam("state") == _STATE,
        ),
    ),
    sorts={"sku": "by sku"},
    scans=lambda _sort, _values: (_BY_SKU,),
    row_of=_row,
)
