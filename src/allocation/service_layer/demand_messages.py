"""The registry entries of messages about order lines."""

from typing import Any, Final

from allocation.domain import events
from allocation.domain.errors import (
    BatchClosed,
    BatchIsBlocked,
    LessThanShipped,
    LineClosed,
    NotInStock,
    OrderClosed,
    OtherProduct,
    SeveralLines,
    TooMany,
    UnknownBatch,
    UnknownLine,
    UnknownOrder,
    WholeLine,
)
from allocation.messaging.registry import Incoming, Key, MessageType, Outcome
from allocation.service_layer import changes
from allocation.service_layer import demand_handlers as handlers
from allocation.service_layer.needs import Needs, sku_keys
from allocation.service_layer.raised import MOVING, RELEASING, SERVING


def _order_key(message: Any) -> tuple[Key, ...]:
    return (("order", message.orderid),)


def _shipment_keys(message: Any) -> tuple[Key, ...]:
    keys = sku_keys(message)
    return keys if message.ref is None else (*keys, ("batch", message.ref))


def _line_needs(message: Any) -> Needs:
    return Needs(skus=(message.sku,), lines=((message.sku, message.orderid),))


def _shipment_needs(message: Any) -> Needs:
    needs = _line_needs(message)
    return needs if message.ref is None else needs._replace(refs=(message.ref,))


def _order_needs(message: Any) -> Needs:
    return Needs(orders=(message.orderid,))


DEMAND: Final[tuple[MessageType[Any], ...]] = (
    MessageType(
        events.OrderLineChanged,
        "OrderLineChanged",
        keys=sku_keys,
        handlers=(handlers.change_order_line,),
        needs=_line_needs,
        raises=(events.Cancelled, *MOVING, events.PromiseLost, events.Backordered, *SERVING),
        incoming=Incoming(
            verb="change_order_line",
            summary="Change the quantity of an order line",
            description=(
                "Change the ordered quantity of a line, shipped units included. A line that grows "
                "keeps its batch if that has room; otherwise it is allocated whole to another "
                "batch, or waits whole at its place in the queue. Of a line that may be split, "
                "only the additional units are allocated. To give up all units, cancel the line."
            ),
            tag="orders",
            scope="orders",
            example=events.OrderLineChanged("10248", "CHAI", 8),
            replies={Outcome.DONE: changes.ChangedLine},
            reply=changes.changed_line,
            reads_facts=True,
            refusals=(UnknownLine, SeveralLines, LineClosed, LessThanShipped),
        ),
    ),
    MessageType(
        events.OrderShipped,
        "OrderShipped",
        keys=_order_key,
        handlers=(handlers.ship_order,),
        needs=_order_needs,
        raises=(events.OrderLineShipped,),
        incoming=Incoming(
            verb="ship_order",
            summary="Ship an order",
            description=(
                "All open units of the order have left the warehouse. Every open line must be in "
                "stock; otherwise nothing changes. The answer lists the lines as they are then."
            ),
            tag="orders",
            scope="orders",
            example=events.OrderShipped("10248"),
            replies={Outcome.DONE: changes.ChangedOrder},
            reply=changes.changed_order,
            reads_facts=True,
            refusals=(UnknownOrder, OrderClosed, NotInStock),
        ),
    ),
    MessageType(
        events.OrderLineUnshipped,
        "OrderLineUnshipped",
        keys=_shipment_keys,
        handlers=(handlers.unship_order_line,),
        needs=_shipment_needs,
        raises=(events.Unshipped, *RELEASING),
        incoming=Incoming(
            verb="unship_order_line",
            summary="Take back a shipment that was recorded by mistake",
            description=(
                "Units were recorded as shipped by mistake: all of the line, or `qty`. They come "
                "back to the batch that they left, and are allocated to it. With `ref`, only units "
                "that have left that batch come back. (Units that a customer returns are a new "
                "batch.)"
            ),
            tag="orders",
            scope="orders",
            example=events.OrderLineUnshipped("10248", "CHAI", 2, reason="scanned twice"),
            replies={Outcome.DONE: changes.ChangedLine},
            reply=changes.changed_line,
            reads_facts=True,
            refusals=(UnknownLine, SeveralLines, TooMany, BatchClosed, OtherProduct),
        ),
    ),
    MessageType(
        events.OrderLineShipped,
        "OrderLineShipped",
        keys=_shipment_keys,
        handlers=(handlers.ship_order_line,),
        needs=_shipment_needs,
        raises=(
            events.Shipped,
            *MOVING,
            events.PromiseLost,
            events.BatchQuantityAdjusted,
            events.ReleaseContinued,
            *SERVING,
        ),
        incoming=Incoming(
            verb="ship_order_line",
            summary="Ship an order line",
            description=(
                "Units of the line have left the warehouse: all open ones, or `qty`. With `ref`, "
                "they were taken from that batch, whatever batch they were allocated to; other "
                "lines lose their units of it if there are too few. Without `ref`, the line must "
                "be in stock, and a line that may not be split ships whole."
            ),
            tag="orders",
            scope="orders",
            example=events.OrderLineShipped("10248", "CHAI", 1, "PO-17a"),
            replies={Outcome.DONE: changes.ChangedLine},
            reply=changes.changed_line,
            reads_facts=True,
            refusals=(
                *(UnknownLine, SeveralLines, LineClosed, TooMany, WholeLine, NotInStock),
                *(UnknownBatch, BatchClosed, BatchIsBlocked, OtherProduct),
            ),
        ),
    ),
    MessageType(
        events.OrderLineCancelled,
        "OrderLineCancelled",
        keys=sku_keys,
        handlers=(handlers.cancel_order_line,),
        needs=_line_needs,
        raises=(events.Cancelled, *SERVING),
        incoming=Incoming(
            verb="cancel_order_line",
            summary="Cancel an order line",
            description=(
                "Cancel what has not been shipped of an order line, and allocate its units to "
                "waiting lines. Repeating the request changes nothing. Without `line`, the only "
                "line of the order for the sku is meant."
            ),
            tag="orders",
            scope="orders",
            example=events.OrderLineCancelled("10248", "CHAI", reason="customer's wish"),
            replies={Outcome.DONE: changes.ChangedLine},
            reply=changes.changed_line,
            reads_facts=True,
            refusals=(UnknownLine, SeveralLines, LineClosed),
        ),
    ),
    MessageType(
        events.OrderCancelled,
        "OrderCancelled",
        keys=_order_key,
        handlers=(handlers.cancel_order,),
        needs=_order_needs,
        raises=(events.OrderLineCancelled,),
        incoming=Incoming(
            verb="cancel_order",
            summary="Cancel an order",
            description=(
                "Cancel what has not been shipped of each line of an order. The answer lists the "
                "lines as they are then: what had been shipped stays shipped. Repeating the "
                "request changes nothing; lines that are accepted later are new."
            ),
            tag="orders",
            scope="orders",
            example=events.OrderCancelled("10248", "customer's wish"),
            replies={Outcome.DONE: changes.ChangedOrder},
            reply=changes.changed_order,
            reads_facts=True,
            refusals=(UnknownOrder, OrderClosed),
        ),
    ),
    MessageType(events.Shipped, "Shipped", keys=sku_keys, recorded=True),
    MessageType(events.Unshipped, "Unshipped", keys=sku_keys, recorded=True),
    MessageType(events.Cancelled, "Cancelled", keys=sku_keys, recorded=True),
)
"""One entry for each message about an order line, apart from those of the chapter.

The examples of all entries, sent in their order, tell the story of one order.
"""
