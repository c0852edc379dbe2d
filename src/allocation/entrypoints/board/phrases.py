"""How previews name what a message would do: a heading, and the words on its button."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from allocation.domain import events
from allocation.domain.events import Event
from allocation.entrypoints.board import formats
from allocation.entrypoints.board.formats import counted, number
from allocation.entrypoints.board.message_texts import title_of
from allocation.views import BatchView

Phrase = Callable[[Any, date], str]


def heading_for(event: Event, today: date, batch: BatchView | None = None) -> str:
    """What a message is about, such as "STOCK-1: 100 → 40 units".

    `batch` is the batch that it changes, as it is now.
    """
    if batch is not None and isinstance(event, events.BatchQuantityChanged):
        return f"{event.ref}: {number(batch.purchased_quantity)} → {_units(event)}"
    if batch is not None and isinstance(event, events.BatchEtaChanged):
        return f"{event.ref}: {_arrival(batch.eta, today)} → {formats.due(event.eta, today)}"
    phrase = _HEADINGS.get(type(event))
    return title_of(type(event).__name__) if phrase is None else phrase(event, today)


def button_for(event: Event, today: date) -> str:
    """A verb, its object, and its number, such as "Set to 40 units"."""
    phrase = _BUTTONS.get(type(event))
    return title_of(type(event).__name__) if phrase is None else phrase(event, today)


def _units(event: Any) -> str:
    return counted(event.qty, "unit")


def _line(event: Any) -> str:
    return f"{event.orderid}, {event.sku}"


def _arrival(eta: date | None, today: date) -> str:
    return "in stock" if eta is None else formats.day(eta, today)


def _eta(event: Any, today: date) -> str:
    return f"{event.ref}: {formats.due(event.eta, today)}"


_HEADINGS: Final[Mapping[type[Event], Phrase]] = {
    events.BatchCreated: lambda e, _: f"{e.ref}: {_units(e)} of {e.sku}",
    events.BatchQuantityChanged: lambda e, _: f"{e.ref}: {_units(e)}",
    events.BatchEtaChanged: _eta,
    events.BatchCancelled: lambda e, _: f"Cancel {e.ref}",
    events.BatchBlocked: lambda e, _: f"Block {e.ref}",
    events.BatchUnblocked: lambda e, _: f"Unblock {e.ref}",
    events.BatchPartiallyReceived: lambda e, _: f"{e.ref}: {_units(e)} arrive as {e.new_ref}",
    events.AllocationRequired: lambda e, _: f"{_line(e)}: {_units(e)}",
    events.OrderLineChanged: lambda e, _: f"{_line(e)}: {_units(e)}",
    events.OrderLineCancelled: lambda e, _: f"Cancel {_line(e)}",
    events.OrderLineShipped: lambda e, _: f"Ship {_line(e)}",
    events.OrderLineUnshipped: lambda e, _: f"Take back {_line(e)}",
    events.OrderCancelled: lambda e, _: f"Cancel {e.orderid}",
    events.OrderShipped: lambda e, _: f"Ship {e.orderid}",
}


def _moved(event: Any, today: date) -> str:
    if event.eta is None:
        return "Mark as arrived"
    return f"Move to {formats.day(event.eta, today)}"


def _shipped(event: Any, _today: date) -> str:
    return "Ship the line" if event.qty is None else f"Ship {_units(event)}"


def _unshipped(event: Any, _today: date) -> str:
    return "Take back the line" if event.qty is None else f"Take back {_units(event)}"


_BUTTONS: Final[Mapping[type[Event], Phrase]] = {
    events.BatchCreated: lambda e, _: f"Add {_units(e)}",
    events.BatchQuantityChanged: lambda e, _: f"Set to {_units(e)}",
    events.BatchEtaChanged: _moved,
    events.BatchCancelled: lambda e, _: f"Cancel batch {e.ref}",
    events.BatchBlocked: lambda e, _: f"Block batch {e.ref}",
    events.BatchUnblocked: lambda e, _: f"Unblock batch {e.ref}",
    events.BatchPartiallyReceived: lambda e, _: f"Receive {_units(e)}",
    events.AllocationRequired: lambda e, _: f"Order {_units(e)}",
    events.OrderLineChanged: lambda e, _: f"Change to {_units(e)}",
    events.OrderLineCancelled: lambda _e, _: "Cancel the line",
    events.OrderLineShipped: _shipped,
    events.OrderLineUnshipped: _unshipped,
    events.OrderCancelled: lambda e, _: f"Cancel order {e.orderid}",
    events.OrderShipped: lambda e, _: f"Ship order {e.orderid}",
}
