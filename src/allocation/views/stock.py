"""Reads of stock: orders and products."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, func, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines, products
from allocation.domain.validation import known_as
from allocation.views.listed import LISTED
from allocation.views.moves import MoveViews


@dataclass(frozen=True, slots=True)
class LineView:
    """Where an order line stands: promised from a batch, or waiting (no `batchref`)."""

    orderid: str
    sku: str
    qty: int
    batchref: str | None
    status: str
    eta: date | None = None


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch and its quantities, in units."""

    batchref: str
    eta: date | None
    purchased_quantity: int
    allocated_quantity: int
    available_quantity: int


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product: its batches, preferred ones first, and its waiting lines, oldest first.

    `waiting` lists the first hundred; `waiting_lines` and `waiting_quantity` count all.
    """

    sku: str
    version_number: int
    batches: list[BatchView]
    waiting_lines: int
    waiting_quantity: int
    waiting: list[LineView]


_ORDER = (
    select(order_lines, batches.c.eta)
    .select_from(order_lines.outerjoin(batches, order_lines.c.batchref == batches.c.reference))
    .where(order_lines.c.orderid == bindparam("orderid"))
    .order_by(order_lines.c.sku)
)
_PRODUCT = select(products.c.version_number).where(products.c.sku == bindparam("sku"))
_BATCHES = select(batches).where(batches.c.sku == bindparam("sku"))
_IN_QUEUE = order_lines.c.sku == bindparam("sku"), order_lines.c.batchref.is_(None)
_QUEUE = select(func.count(), func.coalesce(func.sum(order_lines.c.qty), 0)).where(*_IN_QUEUE)
_WAITING = (
    select(order_lines.c.orderid, order_lines.c.qty)
    .where(*_IN_QUEUE)
    .order_by(order_lines.c.position)
    .limit(LISTED)
)


class Views:
    """The answers to what users ask."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.moves = MoveViews(database)
        """What a message has moved."""

    def order(self, orderid: str) -> list[LineView]:
        """The lines of an order, by sku; none if the order is unknown."""
        name = known_as(orderid)
        if name is None:
            return []  # no order has such a name, and not every database takes the question
        with self._database.reading() as connection:
            rows = connection.execute(_ORDER, {"orderid": name}).all()
        return [_line(row.orderid, row.sku, row.qty, row.batchref, row.eta) for row in rows]

    def product(self, sku: str) -> ProductView | None:
        """A product with its batches and its queue, if it is known."""
        name = known_as(sku)
        if name is None:
            return None
        with self._database.reading() as connection:
            version = connection.execute(_PRODUCT, {"sku": name}).scalar_one_or_none()
            if version is None:
                return None
            lines, quantity = connection.execute(_QUEUE, {"sku": name}).one()
            waiting = [
                _line(row.orderid, name, row.qty, None, None)
                for row in connection.execute(_WAITING, {"sku": name})
            ]
            held = _batches(connection, name)
        return ProductView(name, version, held, lines, int(quantity), waiting)


def _line(orderid: str, sku: str, qty: int, batchref: str | None, eta: date | None) -> LineView:
    status = "waiting" if batchref is None else "allocated"
    return LineView(orderid, sku, qty, batchref, status, eta)


def _batches(connection: Connection, sku: str) -> list[BatchView]:
    rows = connection.execute(_BATCHES, {"sku": sku}).all()
    rows = sorted(rows, key=lambda row: (row.eta or date.min, row.reference))
    return [
        BatchView(
            row.reference,
            row.eta,
            row.purchased_quantity,
            row.allocated_quantity,
            row.purchased_quantity - row.allocated_quantity,
        )
        for row in rows
    ]
