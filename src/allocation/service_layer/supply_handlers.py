"""The handlers of messages about batches: functions `(event, uow)`."""

from collections.abc import Mapping

from allocation.domain import events
from allocation.domain.errors import BatchConflict, UnknownBatch
from allocation.domain.model import Product
from allocation.service_layer.unit_of_work import AbstractUnitOfWork


def change_batch_eta(
    event: events.BatchEtaChanged, uow: AbstractUnitOfWork
) -> Mapping[str, object]:
    """Change the day on which a batch is due, and move the lines that gain a day.

    Returns:
        Whether the batch is `overdue` then.

    Raises:
        UnknownBatch: no batch has this reference.
        BatchClosed: the batch is cancelled.
    """
    with uow:
        overdue = product_of_batch(event.ref, uow).change_batch_eta(event.ref, event.eta)
        uow.commit()
    return {"overdue": overdue}


def cancel_batch(event: events.BatchCancelled, uow: AbstractUnitOfWork) -> None:
    """Take all units off a batch for good, and move its lines.

    Raises:
        UnknownBatch: no batch has this reference.
    """
    with uow:
        product_of_batch(event.ref, uow).cancel_batch(event.ref, event.reason)
        uow.commit()


def block_batch(event: events.BatchBlocked, uow: AbstractUnitOfWork) -> None:
    """Move the lines of a batch as if it were empty, and allocate none to it.

    Raises:
        UnknownBatch: no batch has this reference.
        BatchClosed: the batch is cancelled.
    """
    with uow:
        product_of_batch(event.ref, uow).block_batch(event.ref, event.reason)
        uow.commit()


def unblock_batch(event: events.BatchUnblocked, uow: AbstractUnitOfWork) -> None:
    """Use a batch again, and request allocation for the lines that fit.

    Raises:
        UnknownBatch: no batch has this reference.
        BatchClosed: the batch is cancelled.
    """
    with uow:
        product_of_batch(event.ref, uow).unblock_batch(event.ref)
        uow.commit()


def receive_batch_part(
    event: events.BatchPartiallyReceived, uow: AbstractUnitOfWork
) -> Mapping[str, object]:
    """Make a batch in the warehouse of the units of a shipment that have arrived.

    Returns:
        Whether the receipt is `repeated`, and the number of units that were `unexpected`.

    Raises:
        UnknownBatch: no batch has the reference `ref`.
        BatchClosed: the batch is cancelled.
        AlreadyReceived: the batch is in the warehouse.
        BatchConflict: `new_ref` is another batch, or a part of another shipment.
    """
    with uow:
        product = product_of_batch(event.ref, uow)
        owner = uow.products.get_by_batchref(event.new_ref)
        if owner is not None and owner is not product:
            raise BatchConflict(event.new_ref, "sku", owner.sku, product.sku)
        receipt = product.receive_part(event.ref, event.new_ref, event.qty)
        uow.commit()
    return receipt._asdict()


def continue_receipt(event: events.ReceiptContinued, uow: AbstractUnitOfWork) -> None:
    """Move the next portion of the allocations of a shipment that has arrived in part.

    Raises:
        UnknownBatch: no batch has this reference.
    """
    with uow:
        product = product_of_batch(event.ref, uow)
        product.continue_receipt(event.ref, event.new_ref, event.qty, event.after)
        uow.commit()


def continue_delay(event: events.DelayContinued, uow: AbstractUnitOfWork) -> None:
    """Note, or serve, the next portion of the lines that are late because their batch is.

    Raises:
        UnknownBatch: no batch has this reference.
    """
    with uow:
        product = product_of_batch(event.ref, uow)
        product.continue_delay(event.ref, event.after, event.before, noted=event.noted)
        uow.commit()


def note_overdue_supply(event: events.SupplyOverdue, uow: AbstractUnitOfWork) -> None:
    """Move the lines of an overdue shipment for which there is stock.

    Raises:
        UnknownBatch: no batch has this reference.
    """
    with uow:
        product_of_batch(event.ref, uow).note_overdue(event.ref, event.eta)
        uow.commit()


def product_of_batch(ref: str, uow: AbstractUnitOfWork) -> Product:
    """The product that has a batch.

    Raises:
        UnknownBatch: no batch has this reference.
    """
    product = uow.products.get_by_batchref(batchref=ref)
    if product is None:
        raise UnknownBatch(ref)
    product.today = uow.today
    return product
