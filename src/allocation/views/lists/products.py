"""The list of products: what of each can be promised, is allocated, and waits."""

from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    ScalarSelect,
    Select,
    String,
    bindparam,
    case,
    cast,
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


_IS_OPEN: Final = ~batches.c.exhausted
_ETA: Final = batches.c.eta


def _of_product(columns: FromClause, query: Select[Any]) -> ScalarSelect[Any]:
    """A query of rows of a product, for each product."""
    return query.where(columns.c.sku == products.c.sku).correlate(products).scalar_subquery()


def _units(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """The units that can be promised of some of a product's batches."""
    free = batches.c.purchased_quantity - batches.c.allocated_quantity
    return func.sum(case((condition & _IS_OPEN, free), else_=0))


def _as_text(*sums: ColumnElement[int]) -> ColumnElement[str]:
    """Several sums as one text: a scalar subquery for each would look up all rows again."""
    texts = [cast(func.coalesce(each, 0), String) for each in sums]
    return reduce(lambda text, each: text + literal_column("' '") + each, texts)


_OF_BATCHES: Final = _as_text(
    _units(_ETA.is_(None)),
    _units(_ETA >= TODAY),
    _units(_ETA < TODAY),
    func.sum(batches.c.allocated_quantity),
)
_NEXT_ETA: Final = (
    select(_ETA).where(_IS_OPEN, _ETA >= TODAY).order_by(_ETA).limit(literal_column("1"))
)
_OF_QUEUE: Final = select(_as_text(func.count(), func.sum(order_lines.c.qty))).where(
    order_lines.c.state == literal_column("'waiting'")  # as in the predicate of the index
)
_ROWS: Final = select(
    products.c.sku,
    _of_product(batches, select(_OF_BATCHES)).label("of_batches"),
    _of_product(batches, _NEXT_ETA).label("next_eta"),
    _of_product(order_lines, _OF_QUEUE).label("of_queue"),
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
    in_stock, on_the_way, overdue, allocated = map(int, row.of_batches.split())
    waiting_lines, waiting = map(int, row.of_queue.split())
    return ProductSummary(
        row.sku, in_stock, on_the_way, overdue, row.next_eta, allocated, waiting_lines, waiting
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
