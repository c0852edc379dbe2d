"""The story of an order line: what each fact in the log says about it, in a sentence.

Only plain values in, only plain values out: the queries are those of `histories`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

Kind = Literal[
    "accepted",
    "allocated",
    "waits",
    "lost",
    "shipped",
    "returned",
    "cancelled",
    "promise_changed",
    "promise_lost",
]
"""What has happened to units of the line, or to what the customer was told about them."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The message whose handler made the entry happen.

    `type` is its type, None if the log no longer has it. `key` is the id of the incoming message
    that it follows from, which is the sender's key if he gave one; it is the cause itself, unless
    that is a follow-up. `reason` is the reason that the sender gave, and `sender` who it was; None
    if the log does not say.
    """

    id: str
    type: str | None
    key: str
    reason: str | None
    sender: str | None


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """What has happened to units of a line, and why; `text` says all of it in a sentence."""

    time: datetime
    text: str
    kind: Kind
    sku: str
    line: str
    qty: int
    batchref: str | None
    reason: str | None
    cause: Cause


class Origin(NamedTuple):
    """A message that may be a cause, as the log has it."""

    type: str
    body: Mapping[str, Any]
    sender: str | None = None


class LineFact(NamedTuple):
    """A fact of the log about a line, with the causing message and the incoming one.

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
    "PromiseChanged": "promise_changed",
    "PromiseLost": "promise_lost",
}
_ON_BATCH: Final[Mapping[Kind, str]] = {
    "accepted": "accepted {units}, allocated to {batchref}{due}",
    "allocated": "allocated {units} to {batchref}{due}",
    "lost": "lost {units} of {batchref}",
    "shipped": "shipped {units} from {batchref}",
    "returned": "took {units} back to {batchref}",
    "cancelled": "cancelled {units} of {batchref}",
    "promise_lost": "lost the promise of {units} from {batchref}{day}",
}
_WITHOUT_BATCH: Final[Mapping[Kind, str]] = {
    "accepted": "accepted {units}, waiting",
    "waits": "added {units}, waiting",
    "cancelled": "cancelled {units}, waiting",
    "promise_changed": "promised {units} from {to_batchref}{to_day}, instead of {before}",
}


def entry(fact: LineFact, verbs: Verbs) -> StoryEntry:
    """The entry of a story that a fact stands for."""
    body, kind = fact.body, _kind(fact)
    asked = _reason_of(fact.incoming)
    reason = body.get("reason") or _reason_of(fact.cause) or asked
    because = "" if reason is None else f": {reason}"
    other = None if asked == reason else asked
    cause = None if fact.cause is None else fact.cause.type
    return StoryEntry(
        fact.time,
        f"{_sentence(kind, body)}{because} ({_cause(fact, verbs, other)})",
        kind,
        body["sku"],
        body.get("line", ""),
        body["qty"],
        body.get("batchref") or body.get("to_batchref"),
        reason,
        Cause(fact.cause_id, cause, fact.key, asked, _sender(fact)),
    )


def _kind(fact: LineFact) -> Kind:
    """Units that a line is announced with are accepted, whether they are allocated or wait."""
    is_new = fact.type == "Backordered" or not fact.body.get("backordered")
    is_announced = fact.cause is not None and fact.cause.type == ANNOUNCEMENT
    if fact.type in ("Allocated", "Backordered") and is_new and is_announced:
        return "accepted"
    return _KINDS[fact.type]


def _sentence(kind: Kind, body: Mapping[str, Any]) -> str:
    qty, from_batchref = body["qty"], body.get("from_batchref")
    from_day = _day(" for ", body.get("from_day"))
    sentence = (_WITHOUT_BATCH if body.get("batchref") is None else _ON_BATCH)[kind]
    return sentence.format(
        units="1 unit" if qty == 1 else f"{qty} units",
        batchref=body.get("batchref"),
        due=_day(", due ", body.get("eta")),
        day=_day(" for ", body.get("day")),
        to_batchref=body.get("to_batchref"),
        to_day=_day(" for ", body.get("to_day")),
        before="no promise" if from_batchref is None else from_batchref + from_day,
    )


def _day(word: str, day: str | None) -> str:
    """The day after a word; nothing if the day is not known, or the batch is in the warehouse."""
    return "" if day is None else word + day


def _reason_of(message: Origin | None) -> str | None:
    return None if message is None else message.body.get("reason")


def _cause(fact: LineFact, verbs: Verbs, reason: str | None) -> str:
    """The incoming message, the key under which its sender knows it, and who the sender is.

    The reason that the sender gave is added if the entry has another one.
    """
    if fact.incoming is None:
        return f"key {fact.key}"
    sender = _sender(fact)
    by = "" if sender is None else f", by {sender}"
    verb = verbs.get(fact.incoming.type, fact.incoming.type)
    return f"{verb}{'' if reason is None else f': {reason}'}, key {fact.key}{by}"


def _sender(fact: LineFact) -> str | None:
    return None if fact.incoming is None else fact.incoming.sender
