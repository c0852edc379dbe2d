"""The list of products: what there is of each, can be promised, is allocated, and waits."""

from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any, Final

from sqlalchemy import (
    Boolean,
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
from allocation.views.lists.filters import TODAY, Filter, exactly, prefix_of
from allocation.views.lists.index_scan import IndexScan
from allocation.views.lists.listing import Listing


@dataclass(frozen=True, slots=True)
class ProductSummary:
    """A product, and the sums of its batches and of its waiting lines, in units.

    Units are available in the warehouse (`in_stock`), from shipments on their way (`on_the_way`),
    of which the next one is due on the day `next_eta`, or from `overdue` ones. `allocated` units
    are promised to order lines. In `waiting_lines` lines, `waiting` units wait for stock.

    All units, promised ones included, are on hand in the warehouse (`on_hand`) or `inbound` with
    shipments: those of `inbound_overdue` units are overdue, and the next other one is due on the
    day `next_arrival`.
    """

    sku: str
    in_stock: int
    on_the_way: int
    overdue: int
    next_eta: date | None
    allocated: int
    waiting_lines: int
    waiting: int
    on_hand: int
    inbound: int
    inbound_overdue: int
    next_arrival: date | None

    @property
    def available(self) -> int:
        """All units that can be promised."""
        return self.in_stock + self.on_the_way + self.overdue


_IS_OPEN: Final = ~batches.c.exhausted
_ETA: Final = batches.c.eta


def _of_product(columns: FromClause, query: Select[Any]) -> ScalarSelect[Any]:
    """A query of rows of a product, for each product."""
    return query.where(columns.c.sku == products.c.sku).correlate(products).scalar_subquery()


def _available(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """The units that can be promised of some of a product's batches."""
    free = batches.c.purchased_quantity - batches.c.allocated_quantity
    return func.sum(case((condition & _IS_OPEN, free), else_=0))


def _purchased(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """All units of some of a product's batches."""
    return func.sum(case((condition, batches.c.purchased_quantity), else_=0))


def _as_text(*sums: ColumnElement[int]) -> ColumnElement[str]:
    """Several sums as one text: a scalar subquery for each would look up all rows again."""
    texts = [cast(func.coalesce(each, 0), String) for each in sums]
    return reduce(lambda text, each: text + literal_column("' '") + each, texts)


_OF_BATCHES: Final = _as_text(
    _available(_ETA.is_(None)),
    _available(_ETA >= TODAY),
    _available(_ETA < TODAY),
    func.sum(batches.c.allocated_quantity),
    _purchased(_ETA.is_(None)),
    _purchased(_ETA.is_not(None)),
    _purchased(_ETA < TODAY),
)


def _next_eta(condition: ColumnElement[bool]) -> Select[Any]:
    """The earliest ETA from today on, of some of a product's batches."""
    return select(_ETA).where(condition, _ETA >= TODAY).order_by(_ETA).limit(literal_column("1"))


_IS_WAITING: Final = order_lines.c.state == literal_column("'waiting'")  # as in the index
_OF_QUEUE: Final = select(_as_text(func.count(), func.sum(order_lines.c.qty))).where(_IS_WAITING)
_ROWS: Final = select(
    products.c.sku,
    _of_product(batches, select(_OF_BATCHES)).label("of_batches"),
    _of_product(batches, _next_eta(_IS_OPEN)).label("next_eta"),
    _of_product(batches, _next_eta(batches.c.purchased_quantity > 0)).label("next_arrival"),
    _of_product(order_lines, _OF_QUEUE).label("of_queue"),
)


def _has(columns: FromClause, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a product has such rows."""
    # Not EXISTS, for which PostgreSQL may read all rows into a hash table.
    one: Select[Any] = select(literal_column("1")).where(condition).limit(literal_column("1"))
    return _of_product(columns, one).is_not(None)


_STATE: Final = case((_has(batches, _IS_OPEN), literal("available")), else_=literal("exhausted"))
_HAS_QUEUE: Final = _has(order_lines, _IS_WAITING)
_BY_SKU: Final = IndexScan(rows=_ROWS, key=(products.c.sku,))
_OF_SKU: Final = IndexScan(
    rows=_ROWS,
    where=(products.c.sku == bindparam("sku"),),
    key=(products.c.sku,),
    covers=frozenset({"sku"}),
)


def _row(row: Row[Any], _today: date) -> ProductSummary:
    in_stock, on_the_way, overdue, allocated, *units = map(int, row.of_batches.split())
    waiting_lines, waiting = map(int, row.of_queue.split())
    return ProductSummary(
        *(row.sku, in_stock, on_the_way, overdue, row.next_eta, allocated, waiting_lines, waiting),
        *(*units, row.next_arrival),
    )


PRODUCTS: Final = Listing(
    name="products",
    items="products",
    nouns="products",
    title="List products with the sums of their stock",
    about=(
        "Each product with what can be promised, what is allocated, what waits, and what there is "
        "in all."
    ),
    empty="There is no such product.",
    tag="stock",
    row=ProductSummary,
    filters=(
        exactly("sku", products.c.sku, "Only this product"),
        prefix_of("sku", products.c.sku, "products with skus"),
        Filter(
            name="state",
            about="Only products of which units can be promised, or of which none can",
            kind="choice",
            choices=("available", "exhausted"),
            condition=bindparam("state") == _STATE,
        ),
        Filter(
            name="waiting",
            about="Only products for which order lines wait, or only those for which none does",
            kind="flag",
            condition=bindparam("waiting", type_=Boolean) == _HAS_QUEUE,
        ),
    ),
    sorts={"sku": "by sku"},
    scans=lambda _sort, values: (_OF_SKU,) if "sku" in values else (_BY_SKU,),
    row_of=_row,
)
