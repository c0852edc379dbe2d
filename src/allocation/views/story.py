"""The story of an order line: what each fact in the log says about it, in a sentence.

Only plain values in, only plain values out: the queries are those of `histories`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

Kind = Literal["accepted", "allocated", "waits", "lost", "shipped", "returned", "cancelled"]
"""What has happened to units of the line."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The message whose handler made the entry happen.

    `type` is its type, None if the log no longer has it. `key` is the id of the incoming message
    that it follows from, which is the sender's key if he gave one; it is the cause itself, unless
    that is a follow-up.
    """

    id: str
    type: str | None
    key: str


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """What has happened to units of a line, and why; `text` says all of it in a sentence."""

    time: datetime
    text: str
    kind: Kind
    sku: str
    line: str | None
    qty: int
    batchref: str | None
    reason: str | None
    cause: Cause


class Origin(NamedTuple):
    """A message that may be a cause, as the log has it."""

    type: str
    body: Mapping[str, Any]


class Told(NamedTuple):
    """A fact of the log: its type and body, the causing message and the incoming one.

    `cause` and `incoming` are None if the log no longer has them.
    """

    time: datetime
    type: str
    body: Mapping[str, Any]
    cause_id: str
    key: str
    cause: Origin | None
    incoming: Origin | None


Verbs = Mapping[str, str]
"""What the senders of incoming messages call them, by type: `allocate`, `change_batch_quantity`."""

ANNOUNCEMENT: Final = "AllocationRequired"
"""The type of the message by which a line is accepted."""

_KINDS: Final[Mapping[str, Kind]] = {
    "Allocated": "allocated",
    "Backordered": "waits",
    "Deallocated": "lost",
    "Shipped": "shipped",
    "Unshipped": "returned",
    "Cancelled": "cancelled",
}


def entry(told: Told, verbs: Verbs) -> StoryEntry:
    """The entry of a story that a fact stands for."""
    body, kind = told.body, _kind(told)
    reason = body.get("reason") or (None if told.cause is None else told.cause.body.get("reason"))
    sentence = _sentence(kind, body)
    if reason is not None:
        sentence += f": {reason}"
    return StoryEntry(
        told.time,
        f"{sentence} ({_cause(told, verbs)})",
        kind,
        body["sku"],
        body.get("line"),
        body["qty"],
        body.get("batchref"),
        reason,
        Cause(told.cause_id, None if told.cause is None else told.cause.type, told.key),
    )


def _kind(told: Told) -> Kind:
    """Units that a line is announced with are accepted, whether they are allocated or wait."""
    is_new = told.type == "Backordered" or not told.body.get("backordered")
    is_announced = told.cause is not None and told.cause.type == ANNOUNCEMENT
    if told.type in ("Allocated", "Backordered") and is_new and is_announced:
        return "accepted"
    return _KINDS[told.type]


def _sentence(kind: Kind, body: Mapping[str, Any]) -> str:
    qty, batchref = body["qty"], body.get("batchref")
    units = "1 unit" if qty == 1 else f"{qty} units"
    match kind:
        case "accepted" if batchref is None:
            return f"accepted {units}, which {'waits' if qty == 1 else 'wait'}"
        case "accepted":
            return f"accepted {units}, allocated to {batchref}{_due(body)}"
        case "allocated":
            return f"allocated {units} to {batchref}{_due(body)}"
        case "waits":
            return f"added {units}, which {'waits' if qty == 1 else 'wait'}"
        case "lost":
            return f"lost {units} of {batchref}"
        case "shipped":
            return f"shipped {units} from {batchref}"
        case "returned":
            return f"took back {units} to {batchref}"
        case "cancelled" if batchref is None:
            return f"cancelled {units}"
        case "cancelled":
            return f"cancelled {units} of {batchref}"


def _due(body: Mapping[str, Any]) -> str:
    """The promised day, which facts of older versions do not have."""
    eta = body.get("eta")
    return "" if eta is None else f", due {eta}"


def _cause(told: Told, verbs: Verbs) -> str:
    """Who caused it: the incoming message, and the key under which its sender knows it."""
    if told.incoming is None:
        return f"key {told.key}"
    return f"{verbs.get(told.incoming.type, told.incoming.type)}, key {told.key}"
