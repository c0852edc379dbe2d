"""The registry of this application, and the chapter's message bus with its handlers."""

from datetime import date

from allocation.domain import events
from allocation.domain.errors import (
    BatchClosed,
    BatchConflict,
    InvalidSku,
    LineConflict,
    UnknownBatch,
)
from allocation.messaging.bus import AbstractMessageBus, Handlers, Results
from allocation.messaging.bus import FakeMessageBus as UnboundFakeMessageBus
from allocation.messaging.bus import MessageBus as UnboundMessageBus
from allocation.messaging.dead_letters import DeadLetterDiscarded, DeadLetterReplayed
from allocation.messaging.digests import Digest
from allocation.messaging.registry import Incoming, Key, MessageType, Outcome, Registry
from allocation.messaging.status_facts import MessageFailed, MessageHandled
from allocation.service_layer import handlers, replies
from allocation.service_layer.demand_messages import DEMAND
from allocation.service_layer.needs import Needs, batch_keys, sku_keys
from allocation.service_layer.notifications import notification
from allocation.service_layer.raised import MOVING, RELEASING, SERVING
from allocation.service_layer.supply_messages import SUPPLY
from allocation.service_layer.unit_of_work import AbstractUnitOfWork

__all__ = ["HANDLERS", "REGISTRY", "AbstractMessageBus", "FakeMessageBus", "MessageBus", "handle"]


def _no_keys(_message: object) -> tuple[Key, ...]:
    return ()


REGISTRY = Registry(
    MessageType(
        events.BatchCreated,
        "BatchCreated",
        keys=lambda m: (*sku_keys(m), *batch_keys(m)),
        handlers=(handlers.add_batch,),
        needs=lambda m: Needs(skus=(m.sku,), refs=(m.ref,), created=((m.sku, m.ref),)),
        raises=(events.BackInStock, *SERVING),
        incoming=Incoming(
            verb="add_batch",
            summary="Add a batch",
            description=(
                "Add a batch of stock: in the warehouse, or, with an `eta`, on its way. Waiting "
                "lines that the batch can hold are allocated at once. Repeating the request with "
                "the same attributes changes nothing."
            ),
            tag="stock",
            scope="stock",
            example=events.BatchCreated("PO-17", "CHAI", 40, date(2026, 12, 24)),
            replies={Outcome.CREATED: replies.AddedBatch},
            reply=replies.added_batch,
            refusals=(BatchConflict,),
        ),
    ),
    MessageType(
        events.AllocationRequired,
        "AllocationRequired",
        keys=sku_keys,
        handlers=(handlers.allocate,),
        needs=lambda m: Needs(skus=(m.sku,), lines=((m.sku, m.orderid),)),
        raises=(*MOVING, events.Backordered, events.PromiseLost, *SERVING),
        incoming=Incoming(
            verb="allocate",
            summary="Allocate an order line",
            description=(
                "Allocate an order line to a batch: from stock in the warehouse first, then from "
                "the shipment that arrives earliest. A line that no batch can hold waits (202) "
                "until there is room for it. A repeated request gets the line's current "
                "allocation, also if it has been shipped or cancelled since (200). A line with "
                "`split` may be allocated to several batches; if it does not say so, the setting "
                "`ALLOCATION_SPLIT_LINES` decides. `line` names one of several lines of the order "
                "for the same sku."
            ),
            tag="orders",
            scope="orders",
            example=events.AllocationRequired("10248", "CHAI", 12),
            replies={
                Outcome.CREATED: replies.AllocatedLine | replies.LineInParts,
                Outcome.ACCEPTED: replies.WaitingLine | replies.LineInParts,
                Outcome.DONE: replies.LineInParts,
            },
            reply=replies.allocated_line,
            refusals=(InvalidSku, LineConflict),
        ),
    ),
    MessageType(
        events.BatchQuantityChanged,
        "BatchQuantityChanged",
        keys=batch_keys,
        handlers=(handlers.change_batch_quantity,),
        needs=lambda m: Needs(refs=(m.ref,)),
        raises=(events.BatchQuantityAdjusted, events.BackInStock, *RELEASING),
        incoming=Incoming(
            verb="change_batch_quantity",
            summary="Correct a batch's quantity",
            description=(
                "Correct a batch's quantity, and move the order lines concerned. Lines that no "
                "longer fit, the one allocated last first, move to another batch or wait; waiting "
                "lines that fit now are allocated. The answer lists the first hundred lines that "
                "moved; a batch reference of null means that the line waited or waits. If more "
                "lines moved, the answer counts them, and `next` links to the rest of the list. "
                "The `reason` is recorded with each line that the batch loses."
            ),
            tag="stock",
            scope="stock",
            example=events.BatchQuantityChanged("PO-17", 10, "leak in the roof"),
            replies={Outcome.DONE: replies.ChangedBatch | replies.ChangedManyLines},
            reply=replies.changed_batch,
            reads_facts=True,
            refusals=(UnknownBatch, BatchClosed),
        ),
    ),
    *SUPPLY,
    *DEMAND,
    MessageType(
        events.OutOfStock,
        "OutOfStock",
        keys=sku_keys,
        recorded=True,
        audience="buyers",
        immediate=(handlers.send_out_of_stock_notification,),
    ),
    MessageType(
        events.ReleaseContinued,
        "ReleaseContinued",
        keys=batch_keys,
        handlers=(handlers.continue_release,),
        needs=lambda m: Needs(refs=(m.ref,)),
        raises=RELEASING,
        continues=True,
    ),
    MessageType(
        events.FillContinued,
        "FillContinued",
        keys=sku_keys,
        handlers=(handlers.continue_fill,),
        needs=lambda m: Needs(skus=(m.sku,)),
        raises=SERVING,
        continues=True,
    ),
    MessageType(
        events.PromiseReviewRequired,
        "PromiseReviewRequired",
        keys=sku_keys,
        handlers=(handlers.review_promises,),
        needs=lambda m: Needs(skus=(m.sku,)),
        raises=(events.PromiseChanged, events.PromiseLost, events.PromiseReviewRequired),
        continues=True,
    ),
    MessageType(
        events.PromiseChanged, "PromiseChanged", keys=sku_keys, recorded=True, audience="sales"
    ),
    MessageType(events.PromiseLost, "PromiseLost", keys=sku_keys, recorded=True, audience="sales"),
    MessageType(
        events.BatchQuantityAdjusted,
        "BatchQuantityAdjusted",
        keys=batch_keys,
        recorded=True,
    ),
    MessageType(events.Allocated, "Allocated", keys=sku_keys, recorded=True),
    MessageType(events.Deallocated, "Deallocated", keys=sku_keys, recorded=True),
    MessageType(events.Backordered, "Backordered", keys=sku_keys, recorded=True),
    MessageType(Digest, "Digest", keys=_no_keys, destinations={"mail": notification}),
    MessageType(MessageHandled, "MessageHandled", keys=_no_keys, recorded=True),
    MessageType(MessageFailed, "MessageFailed", keys=_no_keys, recorded=True),
    MessageType(DeadLetterReplayed, "DeadLetterReplayed", keys=_no_keys, recorded=True),
    MessageType(DeadLetterDiscarded, "DeadLetterDiscarded", keys=_no_keys, recorded=True),
)
"""One entry for each message of the application; see docs/adding-a-message.md for adding one."""

HANDLERS: Handlers = REGISTRY.handlers
"""The chapter's table of handlers, for a bus that also runs those of destinations at once."""


class MessageBus(UnboundMessageBus):
    """The application's bus."""

    HANDLERS = HANDLERS


class FakeMessageBus(UnboundFakeMessageBus):
    """The application's bus for isolated tests; see `messaging.bus.FakeMessageBus`."""

    HANDLERS = HANDLERS


def handle(event: events.Event, uow: AbstractUnitOfWork) -> Results:
    """Handle an event and its follow-ups; return the results, those of the event first.

    Raises:
        Refusal: a handler refused the event or a follow-up.
    """
    return MessageBus().handle(event, uow)
