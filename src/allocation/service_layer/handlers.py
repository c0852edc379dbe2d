"""The application's message handlers: functions `(event, uow)`."""

from allocation.adapters import email
from allocation.domain import events
from allocation.domain.errors import InvalidSku
from allocation.domain.model import Batch, OrderLine, Product
from allocation.domain.order_line import Parts
from allocation.domain.parts import OPEN, line_state
from allocation.service_layer.supply_handlers import product_of_batch
from allocation.service_layer.unit_of_work import AbstractUnitOfWork

AllocationResult = str | dict[str, object] | None

__all__ = [
    "InvalidSku",
    "add_batch",
    "allocate",
    "change_batch_quantity",
    "continue_fill",
    "continue_release",
    "review_promises",
    "send_out_of_stock_notification",
]


def add_batch(event: events.BatchCreated, uow: AbstractUnitOfWork) -> str:
    """Add a batch; a repeated announcement of the same batch changes nothing.

    Returns:
        The batch's reference.

    Raises:
        BatchConflict: a batch with this reference exists, with other attributes.
    """
    with uow:
        product = uow.products.get_by_batchref(event.ref) or uow.products.get(event.sku)
        if product is None:
            product = Product(event.sku)
            uow.products.add(product)
        product.today = uow.today
        product.add_batch(Batch(event.ref, event.sku, event.qty, event.eta))
        uow.commit()
    return event.ref


def allocate(event: events.AllocationRequired, uow: AbstractUnitOfWork) -> AllocationResult:
    """Allocate the line to the preferred batch, or let it wait.

    Returns:
        The batch's reference; None for a line that waits; the parts of a line that has several, or
        has been shipped or cancelled.

    Raises:
        InvalidSku: no batch has ever had this sku.
        LineConflict: the order has a line for this sku with another quantity.
    """
    orderid, name = event.orderid, event.line or ""
    with uow:
        product = _product_of_sku(event.sku, uow)
        if event.follows:
            batchref = product.serve(orderid, name)
        else:
            split = product.policies.split if event.split is None else event.split
            line = OrderLine.restore(orderid, event.sku, event.qty, name, event.required_by, split)
            batchref = product.allocate(line)
        uow.commit()
    parts = product.lines.find(orderid, name)
    is_simple = len(parts) == 1 and parts[0].state in OPEN
    return batchref if is_simple else _in_parts(parts, batchref)


def _product_of_sku(sku: str, uow: AbstractUnitOfWork) -> Product:
    """The product of a sku.

    Raises:
        InvalidSku: no batch has ever had this sku.
    """
    product = uow.products.get(sku=sku)
    if product is None:
        raise InvalidSku(sku)
    product.today = uow.today
    return product


def _in_parts(parts: Parts, batchref: str | None) -> dict[str, object]:
    status = line_state(parts) if parts else "unknown"
    described = [
        {"status": part.state, "qty": part.qty, "batchref": part.batchref} for part in parts
    ]
    return {"batchref": batchref, "status": status, "parts": described}


def change_batch_quantity(event: events.BatchQuantityChanged, uow: AbstractUnitOfWork) -> list[str]:
    """Correct a batch's quantity; lines that no longer fit require a new allocation.

    Returns:
        The ids of the orders whose lines were deallocated at once. In a cascade of several
        portions, the facts `Deallocated` list all lines.

    Raises:
        UnknownBatch: no batch has this reference.
    """
    with uow:
        product = product_of_batch(event.ref, uow)
        deallocated = product.change_batch_quantity(event.ref, event.qty, event.reason)
        uow.commit()
    return [line.orderid for line in deallocated]


def continue_release(event: events.ReleaseContinued, uow: AbstractUnitOfWork) -> None:
    """Deallocate the next portion of lines from a batch that has shrunk.

    Raises:
        UnknownBatch: no batch has this reference.
    """
    with uow:
        product = product_of_batch(event.ref, uow)
        product.continue_release(event.ref, event.qty, event.reason)
        uow.commit()


def continue_fill(event: events.FillContinued, uow: AbstractUnitOfWork) -> None:
    """Request allocation for the next portion of waiting lines that fit.

    Raises:
        InvalidSku: no batch has ever had this sku.
    """
    with uow:
        product = _product_of_sku(event.sku, uow)
        product.continue_fill(event.after, again=event.again)
        uow.commit()


def review_promises(event: events.PromiseReviewRequired, uow: AbstractUnitOfWork) -> None:
    """Tell the next portion of the promises that have changed, and were not told yet.

    Raises:
        InvalidSku: no batch has ever had this sku.
    """
    with uow:
        product = _product_of_sku(event.sku, uow)
        product.review_promises(event.after)
        uow.commit()


def send_out_of_stock_notification(
    event: events.OutOfStock,
    uow: AbstractUnitOfWork,  # noqa: ARG001 - every handler has this signature
) -> None:
    """Notify the buyers that the product has run out, on a bus without a message log."""
    email.send(email.STOCK_ADDRESS, f"Out of stock for {event.sku}")
