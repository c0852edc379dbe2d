"""What a message says, in words: a title for its type, and a line for what it is about."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from allocation.entrypoints.board.formats import counted, signed
from allocation.views import MessageView

_BREAKS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

Body = Mapping[str, Any]


class State(NamedTuple):
    """The state of a message in words; `kind` is that of a tag: "bad" if somebody must act."""

    text: str
    kind: str = ""


STATES: Final[Mapping[str, State]] = {
    "pending": State("waiting"),
    "outgoing": State("to be delivered"),
    "handled": State("done"),
    "refused": State("refused", "warn"),
    "dead": State("failed", "bad"),
    "discarded": State("discarded"),
}
"""The states of messages, by the statuses of the log."""


def state_of(message: MessageView) -> State:
    """The state of a message, or that it will be tried again, or was not delivered."""
    if message.status in ("pending", "outgoing") and message.attempts:
        return State("to be tried again", "warn")
    if message.status == "handled" and message.error:
        return State("skipped")
    return STATES.get(message.status, State(message.status))


def title_of(type: str) -> str:
    """The title of a message type, such as "Batch quantity changed"."""
    return " ".join(_BREAKS.split(type)).capitalize()


def subject_of(type: str, body: str) -> str:
    """What a message is about, in a line: "STOCK-1: 40 units"; empty for an unfamiliar one."""
    try:
        fields = json.loads(body)
        reason = fields.get("reason")
        subject = _LINES.get(type, _any)(fields)
        return f"{subject} ({reason})" if reason else subject
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""  # another version of the program has written it


def sentence(type: str, body: str) -> str:
    """A message in a sentence: "Batch quantity changed: STOCK-1, 40 units"."""
    subject = subject_of(type, body)
    return f"{title_of(type)}: {subject}" if subject else title_of(type)


def _units(body: Body) -> str:
    return counted(body["qty"], "unit")


def _line(body: Body) -> str:
    qty = body.get("qty")
    units = "" if qty is None else f", {counted(qty, 'unit')}"
    return f"{body['orderid']}{units} of {body['sku']}"


def _on_batch(body: Body) -> str:
    return f"{body['orderid']}, {_units(body)} from {body['batchref']}"


def _eta(body: Body) -> str:
    return f"{body['ref']}: {body.get('eta') or 'in stock'}"


def _promise(body: Body) -> str:
    day = body.get("to_day")
    when = f"on {day}" if day else "without a date"
    return f"{_line(body)}, from {body['to_batchref']} now, {when}"


def _digest(body: Body) -> str:
    facts = counted(sum(body["counts"].values()), "fact")
    return f"{facts} for {body['audience']}"


def _any(body: Body) -> str:
    """The first field that names something."""
    names = ("ref", "orderid", "sku", "message", "letter")
    return next((str(body[name]) for name in names if body.get(name)), "")


_LINES: Final[Mapping[str, Callable[[Body], str]]] = {
    "BatchCreated": lambda b: f"{b['ref']}, {_units(b)} of {b['sku']}",
    "BatchQuantityChanged": lambda b: f"{b['ref']}: {_units(b)}",
    "BatchEtaChanged": _eta,
    "SupplyOverdue": _eta,
    "BatchPartiallyReceived": lambda b: f"{b['ref']}: {_units(b)} as {b['new_ref']}",
    "BatchQuantityAdjusted": lambda b: f"{b['ref']} by {signed(b['by'])}",
    "BatchReceived": lambda b: f"{b['ref']}, {_units(b)} of {b['sku']}",
    **dict.fromkeys(("Allocated", "Deallocated", "Shipped", "Unshipped"), _on_batch),
    **dict.fromkeys(
        (
            *("AllocationRequired", "OrderLineChanged", "OrderLineCancelled", "OrderLineShipped"),
            *("OrderLineUnshipped", "Backordered", "Cancelled", "PromiseLost"),
        ),
        _line,
    ),
    "Digest": _digest,
    "PromiseChanged": _promise,
}
