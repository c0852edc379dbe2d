"""Facts about the log itself: what became of a message after it was accepted.

A reader that follows the log sees each message once, as it was accepted. A message that was handled
at once needs no further fact; that of a message that had to wait, or to be delivered, is recorded
when its status changes. What operators do is recorded as well: see `dead_letters`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allocation.messaging.log import Entry, NewId, Status


@dataclass(frozen=True, slots=True)
class MessageHandled:
    """The message with the id `message` waited in the log, and has been handled or delivered.

    `skipped` says why it was not delivered, if there was no need to.
    """

    message: str
    skipped: str | None = None


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """The message with the id `message` is a dead letter; `error` says why."""

    message: str
    error: str | None = None


STATUS_FACTS: Final = (MessageHandled, MessageFailed)
"""The types of these facts; they are recorded for an application whose registry has them."""


def status_entry(entry: Entry, *, new_id: NewId, now: datetime) -> Entry | None:
    """The log entry of the fact that a message has this status now; None if it still waits."""
    envelope = entry.envelope
    fact: object
    if entry.status is Status.HANDLED:
        fact = MessageHandled(envelope.id, entry.error)
    elif entry.status is Status.DEAD:
        fact = MessageFailed(envelope.id, entry.error)
    else:
        return None
    return Entry(envelope.causing(fact, id=new_id(), at=now, continues=True), Status.HANDLED)
