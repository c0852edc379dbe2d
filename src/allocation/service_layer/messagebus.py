"""The registry of this application, and the chapter's message bus bound to its handlers."""

from datetime import date
from typing import Protocol

from allocation.domain import events
from allocation.domain.errors import BatchConflict, InvalidSku, LineConflict, UnknownBatch
from allocation.messaging.bus import AbstractMessageBus, Handlers, Results
from allocation.messaging.bus import FakeMessageBus as UnboundFakeMessageBus
from allocation.messaging.bus import MessageBus as UnboundMessageBus
from allocation.messaging.dead_letters import DeadLetterDiscarded, DeadLetterReplayed
from allocation.messaging.registry import Incoming, Key, MessageType, Outcome, Registry
from allocation.service_layer import handlers, replies
from allocation.service_layer.needs import Needs
from allocation.service_layer.unit_of_work import AbstractUnitOfWork

__all__ = ["HANDLERS", "REGISTRY", "AbstractMessageBus", "FakeMessageBus", "MessageBus", "handle"]


class _OfProduct(Protocol):
    @property
    def sku(self) -> str: ...


def _sku_key(message: _OfProduct) -> tuple[Key, ...]:
    return (("sku", message.sku),)


def _no_keys(_message: object) -> tuple[Key, ...]:
    return ()


REGISTRY = Registry(
    MessageType(
        events.BatchCreated,
        "BatchCreated",
        keys=lambda m: (("sku", m.sku), ("batch", m.ref)),
        handlers=(handlers.add_batch,),
        needs=lambda m: Needs(skus=(m.sku,), refs=(m.ref,), created=((m.sku, m.ref),)),
        incoming=Incoming(
            verb="add_batch",
            summary="Add a batch",
            description=(
                "Take in new stock: in the warehouse, or, with an `eta`, on its way. Waiting lines "
                "that the batch can hold are allocated at once. A batch that is known already with "
                "the same facts changes nothing."
            ),
            tag="stock",
            example=events.BatchCreated("PO-17", "CHAI", 40, date(2026, 12, 24)),
            replies={Outcome.CREATED: replies.AddedBatch},
            reply=replies.added_batch,
            refusals=(BatchConflict,),
        ),
    ),
    MessageType(
        events.AllocationRequired,
        "AllocationRequired",
        keys=lambda m: (("sku", m.sku),),
        handlers=(handlers.allocate,),
        needs=lambda m: Needs(skus=(m.sku,), lines=((m.sku, m.orderid),)),
        incoming=Incoming(
            verb="allocate",
            summary="Allocate an order line",
            description=(
                "Promise an order line from stock first, then from the shipment that comes "
                "earliest. A line that no batch can hold waits (202) until there is room for it. "
                "A line that is known already gets the same answer again."
            ),
            tag="orders",
            example=events.AllocationRequired("10248", "CHAI", 12),
            replies={
                Outcome.CREATED: replies.AllocatedLine,
                Outcome.ACCEPTED: replies.WaitingLine,
            },
            reply=replies.allocated_line,
            refusals=(InvalidSku, LineConflict),
        ),
    ),
    MessageType(
        events.BatchQuantityChanged,
        "BatchQuantityChanged",
        keys=lambda m: (("batch", m.ref),),
        handlers=(handlers.change_batch_quantity,),
        needs=lambda m: Needs(refs=(m.ref,)),
        incoming=Incoming(
            verb="change_batch_quantity",
            summary="Correct a batch's quantity",
            description=(
                "Correct a batch's quantity, and move the order lines that this concerns. Lines "
                "that no longer fit, the one promised last first, are promised elsewhere or wait; "
                "waiting lines for which there is room now are allocated. The answer lists the "
                "first hundred lines that moved; null stands for the queue of the waiting lines. "
                "Where there are more, it counts them, and `next` is where the list goes on."
            ),
            tag="stock",
            example=events.BatchQuantityChanged("PO-17", 10),
            replies={Outcome.DONE: replies.ChangedBatch | replies.ChangedManyLines},
            reply=replies.changed_batch,
            reads_facts=True,
            refusals=(UnknownBatch,),
        ),
    ),
    MessageType(
        events.OutOfStock,
        "OutOfStock",
        keys=_sku_key,
        destinations={"mail": handlers.send_out_of_stock_notification},
    ),
    MessageType(
        events.ReleaseContinued,
        "ReleaseContinued",
        keys=lambda m: (("batch", m.ref),),
        handlers=(handlers.continue_release,),
        needs=lambda m: Needs(refs=(m.ref,)),
        continues=True,
    ),
    MessageType(
        events.FillContinued,
        "FillContinued",
        keys=_sku_key,
        handlers=(handlers.continue_fill,),
        needs=lambda m: Needs(skus=(m.sku,)),
        continues=True,
    ),
    MessageType(events.Allocated, "Allocated", keys=_sku_key, recorded=True),
    MessageType(events.Deallocated, "Deallocated", keys=_sku_key, recorded=True),
    MessageType(events.Backordered, "Backordered", keys=_sku_key, recorded=True),
    MessageType(DeadLetterReplayed, "DeadLetterReplayed", keys=_no_keys, recorded=True),
    MessageType(DeadLetterDiscarded, "DeadLetterDiscarded", keys=_no_keys, recorded=True),
)
"""All messages of the application, an entry each: docs/adding-a-message.md tells how to add one."""

HANDLERS: Handlers = REGISTRY.handlers
"""The chapter's table, for a bus that runs everything at once."""


class MessageBus(UnboundMessageBus):
    """The application's bus."""

    HANDLERS = HANDLERS


class FakeMessageBus(UnboundFakeMessageBus):
    """The application's bus for isolated tests; see `messaging.bus.FakeMessageBus`."""

    HANDLERS = HANDLERS


def handle(event: events.Event, uow: AbstractUnitOfWork) -> Results:
    """Handle an event and all that follows from it; the results, the event's own first.

    Raises:
        Refusal: what the handlers refuse.
    """
    return MessageBus().handle(event, uow)
