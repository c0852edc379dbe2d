"""The message log: every message accepted or raised, in its envelope and with its status."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from allocation.messaging.errors import DeliveryRefused, DeliverySkipped, HandlerFailed
from allocation.messaging.retry import Backoff

Clock = Callable[[], datetime]
"""Returns the current time, with its time zone."""

NewId = Callable[[], str]
"""Makes a unique message id; later ids sort after earlier ones."""


Precondition = Callable[[Any], None]
"""Raises a refusal if an incoming message must not be handled any more.

It is passed a unit of work of the transaction in which the message would be handled. A message
that it refuses is not logged: its id can be used again.
"""


class Envelope(NamedTuple):
    """A message with its id, its cause, the chain it belongs to, and its time.

    An incoming message starts a chain: its `correlation_id` is its own id, and its
    `causation_id` is None. `depth` is the length of the chain of causes before the message; a
    message that continues its cause has the depth of that cause. `submission` is the id that
    incoming messages sent together share with their chains, None for a message sent alone.
    `sender` is who sent an incoming message, or who replayed or discarded a dead letter; None for
    the other follow-ups, whose sender is that of the incoming message. The `precondition` of an
    incoming message is not stored.
    """

    id: str
    message: object
    correlation_id: str
    causation_id: str | None
    at: datetime
    depth: int = 0
    submission: str | None = None
    sender: str | None = None
    precondition: Precondition | None = None

    @classmethod
    def root(
        cls,
        message: object,
        *,
        id: str,
        at: datetime,
        submission: str | None = None,
        sender: str | None = None,
        precondition: Precondition | None = None,
    ) -> "Envelope":
        """Wrap an incoming message."""
        return cls(id, message, id, None, at, 0, submission, sender, precondition)

    def causing(
        self, message: object, *, id: str, at: datetime, continues: bool = False
    ) -> "Envelope":
        """Wrap a follow-up of this message."""
        depth = self.depth + (not continues)
        return Envelope(id, message, self.correlation_id, self.id, at, depth, self.submission)


class Status(StrEnum):
    """The status of a message in the log."""

    PENDING = "pending"
    """The processor has not handled the message yet."""
    OUTGOING = "outgoing"
    """The outbox relay has not delivered the message yet."""
    HANDLED = "handled"
    """The message and its effects are done; a recorded message is done once it is logged."""
    REFUSED = "refused"
    """The business rules did not allow the message; nothing was changed."""
    DEAD = "dead"
    """A dead letter: its attempts are exhausted, until an operator replays or discards it."""
    DISCARDED = "discarded"
    """A dead letter that an operator has discarded for good."""


UNFINISHED: Final = Status.OUTGOING, Status.PENDING
"""The statuses of messages that are still to be delivered or handled."""

_REFUSALS: Final = re.compile(r" \(refusal (\d{1,9}) of \d+ in a row\)\Z")


class Entry(NamedTuple):
    """An entry of the log.

    Attributes:
        envelope: the message with its ids.
        status: pending, outgoing, handled, refused, dead or discarded.
        results: the return values of the handlers.
        refusal: the exception with which the handlers refused the message.
        attempts: the number of failed attempts so far.
        due: the earliest time of the next attempt; an OUTGOING entry always has one.
        error: why the last attempt failed; of a HANDLED entry, why its delivery was skipped.
        changed: whether the handlers changed any state. Not stored: only the group that
            handled the message has it.
    """

    envelope: Envelope
    status: Status
    results: Sequence[object] = ()
    refusal: Exception | None = None
    attempts: int = 0
    due: datetime | None = None
    error: str | None = None
    changed: bool = True

    def is_due(self, now: datetime) -> bool:
        """Whether the next attempt may be made now."""
        return self.due is None or self.due <= now

    def done(self, results: Sequence[object] = (), *, changed: bool = True) -> "Entry":
        """The entry after its message has been handled."""
        attempts = self.attempts
        return Entry(
            self.envelope, Status.HANDLED, tuple(results), None, attempts, None, None, changed
        )

    def refused(self, refusal: Exception) -> "Entry":
        """The entry after the business rules have refused its message."""
        return Entry(self.envelope, Status.REFUSED, (), refusal, self.attempts)

    def skipped(self, why: DeliverySkipped) -> "Entry":
        """The entry after its delivery has been skipped: handled, with the reason as `error`."""
        return self.done()._replace(error=storable(str(why)))

    def failed(self, error: BaseException, now: datetime, backoff: Backoff) -> "Entry":
        """The entry after a failed attempt: due again later, or a dead letter."""
        message, attempts = storable(f"{type(error).__name__}: {error}"), self.attempts + 1
        refusals = self._count_refusals(error)
        if refusals:
            message += f" (refusal {refusals} of {backoff.max_refusals} in a row)"
        delay = backoff.after(attempts, refusals=refusals)
        if delay is None:
            return self._replace(status=Status.DEAD, attempts=attempts, due=None, error=message)
        return self._replace(attempts=attempts, due=now + delay, error=message)

    def too_deep(self, limit: int) -> "Entry":
        """The entry as a dead letter: the chain of causes is longer than `limit`."""
        error = f"ChainTooDeep: the message has more than {limit} causes"
        return self._replace(status=Status.DEAD, error=error)

    def _count_refusals(self, error: BaseException) -> int:
        """Count the consecutive permanent refusals, this one included.

        The count is part of the previous error's text. Other failures and a replay reset it.
        """
        if not isinstance(error, DeliveryRefused):
            return 0
        previous = self.error or ""
        if self.attempts == 0 or not previous.startswith(f"{DeliveryRefused.__name__}:"):
            return 1
        match = _REFUSALS.search(previous)
        return 1 + (int(match[1]) if match else 1)


class Answer(NamedTuple):
    """The outcome of an incoming message, given once it is on disk.

    Attributes:
        id: the message's id.
        results: the return values of the handlers.
        error: the refusal or failure, if any.
        repeated: the message had been handled before, and these are its first results.
        changed: whether a new message changed any state.
    """

    id: str
    results: Sequence[object] = ()
    error: Exception | None = None
    repeated: bool = False
    changed: bool = True

    @classmethod
    def of(cls, entry: Entry, *, repeated: bool = False) -> "Answer":
        """The answer recorded in a log entry."""
        return cls(entry.envelope.id, entry.results, entry.refusal, repeated, entry.changed)

    @classmethod
    def failure(cls, id: str, error: Exception) -> "Answer":
        """The answer to a message that was rolled back because its handler failed."""
        failure = HandlerFailed(id, error)
        failure.__cause__ = error
        return cls(id, error=failure)

    @property
    def result(self) -> object:
        """The return value of the first handler.

        Raises:
            Exception: the refusal or the failure, if there was one.
        """
        if self.error is not None:
            raise self.error
        return self.results[0] if self.results else None


def storable(text: str) -> str:
    """Replace the characters that databases reject: NUL and lone surrogates."""
    return text.encode(errors="replace").decode().replace("\0", "?")
