"""The order lines of an export, and those that wait."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain, groupby
from operator import attrgetter
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Connection, Row, func, literal_column, select

from allocation.adapters.sql.engine.pages import pages
from allocation.adapters.sql.schema import batches, order_lines
from allocation.views.selections import Selection


class ExportedLine(NamedTuple):
    """An order line of which units are open.

    `qty` is the ordered quantity, shipped units included. The status is waiting if any unit waits.
    `batches` are the references of the batches to which open units are allocated, and `due` is the
    latest ETA of these: None if all are in the warehouse, or if units wait.
    """

    orderid: str
    sku: str
    line: str
    qty: int
    required_by: date | None
    split: bool
    status: Literal["waiting", "allocated"]
    open: int
    shipped: int
    batches: tuple[str, ...]
    due: date | None


class Backorder(NamedTuple):
    """An order line of which `waiting` units wait; `qty` is the ordered quantity."""

    orderid: str
    sku: str
    line: str
    qty: int
    required_by: date | None
    split: bool
    waiting: int


_ORDERED: Final = func.coalesce(order_lines.c.ordered, order_lines.c.qty).label("ordered_units")
# Looked up for each row: a join might read all batches for each page.
_ETA: Final = (
    select(batches.c.eta)
    .where(batches.c.reference == order_lines.c.batchref)
    .correlate(order_lines)
    .scalar_subquery()
    .label("eta")
)
_PARTS: Final = select(order_lines, _ORDERED, _ETA)
_WAITING_PARTS: Final = select(order_lines, _ORDERED).where(
    order_lines.c.state == literal_column("'waiting'")  # as in the predicate of the index
)
# An expression: the key begins with the order, and SQLite would search it for the sku and sort.
_SKU: Final = order_lines.c.sku.concat("")
_LINE: Final = attrgetter("orderid", "sku", "line")


def read(connection: Connection, selection: Selection) -> Iterator[ExportedLine]:
    """The lines of which units are open, by order."""
    query = _PARTS.where(*selection.of(_SKU))
    key = tuple(order_lines.primary_key)
    rows = chain.from_iterable(pages(connection, query, key))
    for _, parts in groupby(rows, key=_LINE):
        if line := _line([*parts]):
            yield line


def read_waiting(connection: Connection, selection: Selection) -> Iterator[Backorder]:
    """The lines of which units wait, by sku and position."""
    query = _WAITING_PARTS.where(*selection.of(order_lines.c.sku))
    for page in pages(connection, query, (order_lines.c.sku, order_lines.c.position)):
        for row in page:
            yield Backorder(*_identity(row), row.qty)


def _line(parts: Sequence[Row[Any]]) -> ExportedLine | None:
    """The line with these parts; None if none is open."""
    waiting = [part for part in parts if part.state == "waiting"]
    allocated = [part for part in parts if part.state == "allocated"]
    if not waiting and not allocated:
        return None
    etas = [part.eta for part in allocated if part.eta is not None]
    return ExportedLine(
        *_identity(parts[0]),
        "waiting" if waiting else "allocated",
        sum(part.qty for part in (*waiting, *allocated)),
        sum(part.qty for part in parts if part.state == "shipped"),
        tuple(part.batchref for part in allocated),
        None if waiting else max(etas, default=None),
    )


def _identity(row: Row[Any]) -> tuple[str, str, str, int, date | None, bool]:
    return row.orderid, row.sku, row.line, row.ordered_units, row.required_by, bool(row.split)
