"""How previews name what a message would do: a heading, and the words on its button."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from allocation.domain import events
from allocation.domain.events import Event
from allocation.entrypoints.board import formats
from allocation.entrypoints.board.formats import counted, number
from allocation.entrypoints.board.message_texts import title_of
from allocation.views import BatchView

Phrase = Callable[[Any, date], str]


class _Phrases(NamedTuple):
    """What a preview of a message says."""

    heading: Phrase
    button: Phrase


def heading_for(event: Event, today: date, batch: BatchView | None = None) -> str:
    """What a message is about, such as "STOCK-1: 100 → 40 units".

    `batch` is the batch that it changes, as it is now.
    """
    if batch is not None and isinstance(event, events.BatchQuantityChanged):
        return f"{event.ref}: {number(batch.purchased_quantity)} → {_units(event)}"
    if batch is not None and isinstance(event, events.BatchEtaChanged):
        return f"{event.ref}: {_arrival(batch.eta, today)} → {formats.due(event.eta, today)}"
    phrases = _PHRASES.get(type(event))
    return title_of(type(event).__name__) if phrases is None else phrases.heading(event, today)


def button_for(event: Event, today: date) -> str:
    """A verb, its object, and its number, such as "Set to 40 units"."""
    phrases = _PHRASES.get(type(event))
    return title_of(type(event).__name__) if phrases is None else phrases.button(event, today)


def _units(event: Any) -> str:
    return counted(event.qty, "unit")


def _line(event: Any) -> str:
    return f"{event.orderid}, {event.sku}"


def _arrival(eta: date | None, today: date) -> str:
    return "in stock" if eta is None else formats.day(eta, today)


def _eta(event: Any, today: date) -> str:
    return f"{event.ref}: {formats.due(event.eta, today)}"


def _moved(event: Any, today: date) -> str:
    if event.eta is None:
        return "Mark as arrived"
    return f"Move to {formats.day(event.eta, today)}"


def _shipped(event: Any, _today: date) -> str:
    return "Ship the line" if event.qty is None else f"Ship {_units(event)}"


def _unshipped(event: Any, _today: date) -> str:
    return "Take back the line" if event.qty is None else f"Take back {_units(event)}"


_PHRASES: Final[Mapping[type[Event], _Phrases]] = {
    events.BatchCreated: _Phrases(
        lambda e, _: f"{e.ref}: {_units(e)} of {e.sku}",
        lambda e, _: f"Add {_units(e)}",
    ),
    events.BatchQuantityChanged: _Phrases(
        lambda e, _: f"{e.ref}: {_units(e)}",
        lambda e, _: f"Set to {_units(e)}",
    ),
    events.BatchEtaChanged: _Phrases(_eta, _moved),
    events.BatchCancelled: _Phrases(
        lambda e, _: f"Cancel {e.ref}",
        lambda e, _: f"Cancel batch {e.ref}",
    ),
    events.BatchBlocked: _Phrases(
        lambda e, _: f"Block {e.ref}",
        lambda e, _: f"Block batch {e.ref}",
    ),
    events.BatchUnblocked: _Phrases(
        lambda e, _: f"Unblock {e.ref}",
        lambda e, _: f"Unblock batch {e.ref}",
    ),
    events.BatchPartiallyReceived: _Phrases(
        lambda e, _: f"{e.ref}: {_units(e)} arrive as {e.new_ref}",
        lambda e, _: f"Receive {_units(e)}",
    ),
    events.AllocationRequired: _Phrases(
        lambda e, _: f"{_line(e)}: {_units(e)}",
        lambda e, _: f"Order {_units(e)}",
    ),
    events.OrderLineChanged: _Phrases(
        lambda e, _: f"{_line(e)}: {_units(e)}",
        lambda e, _: f"Change to {_units(e)}",
    ),
    events.OrderLineCancelled: _Phrases(
        lambda e, _: f"Cancel {_line(e)}",
        lambda _e, _: "Cancel the line",
    ),
    events.OrderLineShipped: _Phrases(lambda e, _: f"Ship {_line(e)}", _shipped),
    events.OrderLineUnshipped: _Phrases(lambda e, _: f"Take back {_line(e)}", _unshipped),
    events.OrderCancelled: _Phrases(
        lambda e, _: f"Cancel {e.orderid}",
        lambda e, _: f"Cancel order {e.orderid}",
    ),
    events.OrderShipped: _Phrases(
        lambda e, _: f"Ship {e.orderid}",
        lambda e, _: f"Ship order {e.orderid}",
    ),
}
