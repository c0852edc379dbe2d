"""Builders: what a test does not name is unremarkable."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    DelayContinued,
    Event,
    FillContinued,
    ReceiptContinued,
    ReleaseContinued,
)
from allocation.domain.model import Batch, OrderLine, Product
from allocation.domain.order_line import Part
from allocation.domain.validation import LARGEST_QUANTITY
from allocation.service_layer import messagebus
from allocation.service_layer.unit_of_work import AbstractUnitOfWork

SKU: Final = "RED-CHAIR"
TODAY: Final = date(2030, 1, 1)
TOMORROW: Final = TODAY + timedelta(days=1)
LATER: Final = TODAY + timedelta(days=10)


def a_line(orderid: str = "order-1", qty: int = 10, sku: str = SKU) -> OrderLine:
    """An order line."""
    return OrderLine(orderid, sku, qty)


def a_batch(ref: str = "batch-1", qty: int = 100, eta: date | None = None, sku: str = SKU) -> Batch:
    """A batch with nothing promised."""
    return Batch(ref, sku, qty, eta)


def a_product(*batches: Batch, lines: Iterable[OrderLine] = ()) -> Product:
    """A product with these batches, whose lines were allocated in this order."""
    product = Product(SKU, batches)
    for line in lines:
        product.allocate(line)
    product.events.clear()
    return product


def a_batch_created(
    ref: str = "batch-1", qty: int = 100, eta: date | None = None, sku: str = SKU
) -> BatchCreated:
    """The message that announces a batch."""
    return BatchCreated(ref, sku, qty, eta)


def an_allocation(orderid: str = "order-1", qty: int = 10, sku: str = SKU) -> AllocationRequired:
    """The message that asks for stock."""
    return AllocationRequired(orderid, sku, qty)


def a_new_quantity(qty: int, ref: str = "batch-1") -> BatchQuantityChanged:
    """The message that corrects a batch."""
    return BatchQuantityChanged(ref, qty)


def given(uow: AbstractUnitOfWork, *history: Event) -> None:
    """Let this have happened."""
    for event in history:
        messagebus.handle(event, uow)


def see_through(product: Product, limit: int = 1_000_000) -> list[Event]:
    """Allocate what the product's events require, and continue, until none does; all events.

    A `limit` ends it after so many events.
    """
    raised: list[Event] = []
    while product.events and len(raised) < limit:
        event = product.events.pop(0)
        raised.append(event)
        if isinstance(event, AllocationRequired):
            line = OrderLine(event.orderid, event.sku, event.qty, event.line or "")
            product.serve(*line.key) if event.follows else product.allocate(line)
        elif isinstance(event, ReleaseContinued):
            product.continue_release(event.ref, event.qty, event.reason)
        elif isinstance(event, FillContinued):
            product.continue_fill(event.after, again=event.again)
        elif isinstance(event, ReceiptContinued):
            product.continue_receipt(event.ref, event.new_ref, event.qty, event.after)
        elif isinstance(event, DelayContinued):
            product.continue_delay(event.ref, event.after, event.before, noted=event.noted)
    return raised


def batchref_of(product: Product, orderid: str) -> str | None:
    """The batch that the line is promised from; None if it waits."""
    parts = product.lines.find(orderid)
    assert len(parts) == 1, f"{orderid} is lost, or in parts"
    return parts[0].batchref


def queue_of(product: Product) -> list[str]:
    """The orders whose lines wait, in order."""
    return [part.line.orderid for part in everything_waiting(product)]


def everything_waiting(product: Product) -> list[Part]:
    """The waiting lines, oldest first."""
    return list(product.lines.waiting(lambda: LARGEST_QUANTITY))


def snapshot(product: Product, orderids: Iterable[str] = ()) -> dict[str, Any]:
    """All that can be seen of a product, to compare with what it is later."""
    all_orderids = {f"order-{n}" for n in range(1, 10)} | set(orderids)
    return {
        "version": product.version_number,
        "out of stock": product.out_of_stock,
        "events": list(product.events),
        "batches": {
            b.reference: (b.purchased_quantity, b.allocated_quantity, b.eta)
            for b in product.batches
        },
        "lines": {orderid: product.lines.find(orderid) for orderid in sorted(all_orderids)},
    }
