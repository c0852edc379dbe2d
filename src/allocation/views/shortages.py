"""Queries of products for which order lines wait, since no batch has room for them."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines
from allocation.views.listed import COUNTED


@dataclass(frozen=True, slots=True)
class Shortage:
    """A product for which order lines wait.

    `lines` counts them, up to `COUNTED`; the order `oldest` is served first. `has_free_units`
    says whether a batch has units that nobody is promised: too few for a whole line.
    """

    sku: str
    lines: int
    oldest: str
    has_free_units: bool


@dataclass(frozen=True, slots=True)
class Shortages:
    """The first products for which order lines wait, by sku.

    `has_more` says whether there are others. `lines` counts the waiting lines of all products, up
    to `COUNTED`.
    """

    products: list[Shortage]
    has_more: bool
    lines: int


_WAITING: Final = order_lines.c.state == literal_column("'waiting'")  # as in the index
_OF_PRODUCT: Final = order_lines.c.sku == bindparam("sku")
_NEXT_LINE: Final = (
    select(order_lines.c.sku, order_lines.c.orderid)
    .where(_WAITING, order_lines.c.sku > bindparam("after"))
    .order_by(order_lines.c.sku, order_lines.c.position)
    .limit(1)
)
_FREE_BATCH: Final = (
    select(batches.c.reference)
    .where(batches.c.sku == bindparam("sku"), ~batches.c.exhausted)
    .limit(1)
)


def _count(*conditions: Any) -> Select[Any]:
    """The number of waiting lines, up to `COUNTED`."""
    limit: ColumnElement[int] = literal_column(str(COUNTED))
    lines = select(order_lines.c.sku).where(_WAITING, *conditions).limit(limit)
    return select(func.count()).select_from(lines.subquery())


_LINES: Final = _count()
_LINES_OF_PRODUCT: Final = _count(_OF_PRODUCT)


class ShortageViews:
    """Queries of products for which order lines wait."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def first(self, limit: int) -> Shortages:
        """At most so many products for which order lines wait."""
        products, after = list[Shortage](), ""
        with self._database.reading() as connection:
            lines = connection.execute(_LINES).scalar_one()
            # From one product to the next by the index, however many lines wait for each.
            while line := connection.execute(_NEXT_LINE, {"after": after}).one_or_none():
                if len(products) == limit:
                    return Shortages(products, has_more=True, lines=lines)
                after = line.sku
                key = {"sku": after}
                count = connection.execute(_LINES_OF_PRODUCT, key).scalar_one()
                is_free = connection.execute(_FREE_BATCH, key).first() is not None
                products.append(Shortage(after, count, line.orderid, is_free))
        return Shortages(products, has_more=False, lines=lines)
