"""The registry entries of messages about batches."""

from datetime import date
from typing import Any, Final

from allocation.domain import events
from allocation.domain.errors import AlreadyReceived, BatchClosed, BatchConflict, UnknownBatch
from allocation.messaging.registry import Incoming, MessageType, Outcome
from allocation.service_layer import changes
from allocation.service_layer import supply_handlers as handlers
from allocation.service_layer.needs import Needs, batch_keys, sku_keys
from allocation.service_layer.raised import MOVING, RELEASING, SERVING, Raised


def _batch_needs(message: Any) -> Needs:
    return Needs(refs=(message.ref,))


_RECEIVING: Final[Raised] = (
    events.BatchQuantityAdjusted,
    *MOVING,
    events.PromiseLost,
    events.ReceiptContinued,
    events.ReleaseContinued,
    *SERVING,
)
"""What each portion of a receipt raises."""

SUPPLY: Final[tuple[MessageType[Any], ...]] = (
    MessageType(
        events.BatchEtaChanged,
        "BatchEtaChanged",
        keys=batch_keys,
        handlers=(handlers.change_batch_eta,),
        needs=_batch_needs,
        raises=(events.DelayContinued, *SERVING),
        incoming=Incoming(
            verb="change_batch_eta",
            summary="Change the day on which a batch is due",
            description=(
                "The batch is due on another day, or, with an `eta` of null or without one, has "
                "arrived. A line that is late because of it moves to another batch if it gains a "
                "day there; if the batch comes earlier, late lines of other batches move to it."
            ),
            tag="stock",
            scope="stock",
            example=events.BatchEtaChanged("PO-17", date(2027, 1, 15), "customs"),
            replies={Outcome.DONE: changes.ChangedEta},
            reply=changes.changed_eta,
            reads_facts=True,
            refusals=(UnknownBatch, BatchClosed),
        ),
    ),
    MessageType(
        events.BatchBlocked,
        "BatchBlocked",
        keys=batch_keys,
        handlers=(handlers.block_batch,),
        needs=_batch_needs,
        raises=RELEASING,
        incoming=Incoming(
            verb="block_batch",
            summary="Block a batch",
            description=(
                "Nothing may be allocated to the batch or shipped from it, for example after a "
                "recall. Its lines move to other batches, or wait; its units stay. Its quantity "
                "and date may still change. Repeating the request changes nothing."
            ),
            tag="stock",
            scope="stock",
            example=events.BatchBlocked("PO-17", "recall"),
            replies={Outcome.DONE: changes.ChangedSupply},
            reply=changes.changed_supply,
            reads_facts=True,
            refusals=(UnknownBatch, BatchClosed),
        ),
    ),
    MessageType(
        events.BatchUnblocked,
        "BatchUnblocked",
        keys=batch_keys,
        handlers=(handlers.unblock_batch,),
        needs=_batch_needs,
        raises=(events.BackInStock, *SERVING),
        incoming=Incoming(
            verb="unblock_batch",
            summary="Use a blocked batch again",
            description=(
                "The batch may be used again: waiting lines are allocated to it, the oldest first, "
                "whether they were allocated to it before or not."
            ),
            tag="stock",
            scope="stock",
            example=events.BatchUnblocked("PO-17", "test passed"),
            replies={Outcome.DONE: changes.ChangedSupply},
            reply=changes.changed_supply,
            reads_facts=True,
            refusals=(UnknownBatch, BatchClosed),
        ),
    ),
    MessageType(
        events.BatchPartiallyReceived,
        "BatchPartiallyReceived",
        keys=lambda m: (*batch_keys(m), ("batch", m.new_ref)),
        handlers=(handlers.receive_batch_part,),
        needs=lambda m: Needs(refs=(m.ref, m.new_ref)),
        raises=(events.BatchReceived, events.BackInStock, *_RECEIVING),
        incoming=Incoming(
            verb="receive_batch_part",
            summary="Receive a part of a shipment",
            description=(
                "Units of a shipment have arrived, and become the batch `new_ref` in the "
                "warehouse. The oldest allocations of the shipment that fit move to it, and no "
                "line loses its units. If more units arrive than were expected, the shipment "
                "holds none. Repeating the request changes nothing. To receive a whole shipment, "
                "change its date to null."
            ),
            tag="stock",
            scope="stock",
            example=events.BatchPartiallyReceived("PO-17", "PO-17a", 20),
            replies={Outcome.DONE: changes.ReceivedPart},
            reply=changes.received_part,
            reads_facts=True,
            refusals=(UnknownBatch, BatchClosed, AlreadyReceived, BatchConflict),
        ),
    ),
    MessageType(
        events.BatchCancelled,
        "BatchCancelled",
        keys=batch_keys,
        handlers=(handlers.cancel_batch,),
        needs=_batch_needs,
        raises=(events.BatchQuantityAdjusted, *RELEASING),
        incoming=Incoming(
            verb="cancel_batch",
            summary="Cancel a batch",
            description=(
                "The batch will not come, or is gone. Its lines move to other batches, or wait. "
                "Its reference is never used again. Repeating the request changes nothing."
            ),
            tag="stock",
            scope="stock",
            example=events.BatchCancelled("PO-17", "supplier bankrupt"),
            replies={Outcome.DONE: changes.ChangedSupply},
            reply=changes.changed_supply,
            reads_facts=True,
            refusals=(UnknownBatch,),
        ),
    ),
    MessageType(
        events.ReceiptContinued,
        "ReceiptContinued",
        keys=batch_keys,
        handlers=(handlers.continue_receipt,),
        needs=_batch_needs,
        raises=_RECEIVING,
        continues=True,
    ),
    MessageType(
        events.DelayContinued,
        "DelayContinued",
        keys=batch_keys,
        handlers=(handlers.continue_delay,),
        needs=_batch_needs,
        raises=(events.DelayContinued, *SERVING),
        continues=True,
    ),
    MessageType(
        events.SupplyOverdue,
        "SupplyOverdue",
        keys=batch_keys,
        audience="buyers",
        handlers=(handlers.note_overdue_supply,),
        needs=_batch_needs,
        raises=SERVING,
    ),
    MessageType(events.BackInStock, "BackInStock", keys=sku_keys, recorded=True),
    MessageType(events.BatchReceived, "BatchReceived", keys=batch_keys, recorded=True),
)
"""One entry for each message about a batch, apart from those of the chapter."""
