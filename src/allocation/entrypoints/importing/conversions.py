"""The conversion of rows into messages, and into rows of a count."""

from datetime import date
from typing import NamedTuple

from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchEtaChanged,
    BatchPartiallyReceived,
    BatchQuantityChanged,
    Event,
    OrderCancelled,
    OrderLineCancelled,
    OrderLineShipped,
    OrderShipped,
)
from allocation.entrypoints.idempotency_keys import clean_key
from allocation.entrypoints.table_files.cells import Cells
from allocation.errors import InvalidValue


class KeyedMessage(NamedTuple):
    """The message of a row, and the idempotency key that the row names, if it names one."""

    message: Event
    id: str | None


class CountedBatch(NamedTuple):
    """What a count says of a batch: `qty` units that are here, or due on `eta`."""

    ref: str
    sku: str
    qty: int
    eta: date | None


def as_batch(cells: Cells) -> BatchCreated:
    """A row of a file of batches."""
    return BatchCreated(
        cells.text("ref"), cells.text("sku"), cells.number("qty"), cells.date("eta")
    )


def as_counted_batch(cells: Cells) -> CountedBatch:
    """A row of a count; its values are checked as those of the messages that it may need."""
    ref, sku, eta = cells.text("ref"), cells.text("sku"), cells.date("eta")
    counted = BatchQuantityChanged(ref, cells.number("qty"))
    announced = BatchCreated(counted.ref, sku, 1, eta)
    return CountedBatch(announced.ref, announced.sku, counted.qty, announced.eta)


def as_order_line(cells: Cells) -> AllocationRequired:
    """A row of a file of order lines."""
    return AllocationRequired(
        cells.text("orderid"),
        cells.text("sku"),
        cells.number("qty"),
        cells.text_or_none("line"),
        cells.date("required_by"),
        cells.flag("split"),
    )


def as_cancellation(cells: Cells) -> KeyedMessage:
    """A row of a file of cancellations: a line, or without a sku the whole order."""
    orderid, reason = cells.text("orderid"), cells.text_or_none("reason")
    sku = _sku_of_line(cells, "line")
    if sku is None:
        return _keyed(cells, OrderCancelled(orderid, reason))
    return _keyed(cells, OrderLineCancelled(orderid, sku, cells.text_or_none("line"), reason))


def as_shipment(cells: Cells) -> KeyedMessage:
    """A row of a file of shipments: units of a line, or without a sku the whole order."""
    orderid, reason = cells.text("orderid"), cells.text_or_none("reason")
    sku = _sku_of_line(cells, "line", "qty", "ref")
    if sku is None:
        return _keyed(cells, OrderShipped(orderid, reason))
    qty, ref = cells.number_or_none("qty"), cells.text_or_none("ref")
    if qty is None and cells.has("qty"):
        raise InvalidValue("qty", "", "is empty: say how many, or leave the column out")
    line = cells.text_or_none("line")
    return _keyed(cells, OrderLineShipped(orderid, sku, qty, ref, line, reason))


def as_receipt(cells: Cells) -> KeyedMessage:
    """A row of a file of receipts: a part of a shipment, or without a quantity all of it."""
    ref, reason = cells.text("ref"), cells.text_or_none("reason")
    qty, new_ref = cells.number_or_none("qty"), cells.text_or_none("new_ref")
    if qty is None and new_ref is None:
        return _keyed(cells, BatchEtaChanged(ref, None, reason))
    if qty is None:
        raise InvalidValue("qty", "", "is empty, but new_ref names the batch of a part")
    if new_ref is None:
        raise InvalidValue("new_ref", "", "is empty, but the units of a part need a reference")
    return _keyed(cells, BatchPartiallyReceived(ref, new_ref, qty, reason))


def _sku_of_line(cells: Cells, *others: str) -> str | None:
    """The sku of a row; None for a row about a whole order.

    Raises:
        InvalidValue: a row without a sku has one of the `others`, which are about one line.
    """
    sku = cells.text_or_none("sku")
    if sku is None and (given := [column for column in others if not cells.is_empty(column)]):
        raise InvalidValue("sku", "", f"is empty, but {given[0]} is for one line of the order")
    return sku


def _keyed(cells: Cells, message: Event) -> KeyedMessage:
    return KeyedMessage(message, clean_key(cells.text_or_none("id"), "id"))
