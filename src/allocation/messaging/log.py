"""The message log: every message taken in or raised, and its fate."""

import re
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from allocation.messaging.envelope import Envelope
from allocation.messaging.errors import DeliveryRefused, DeliverySkipped, HandlerFailed
from allocation.messaging.retry import Backoff


class Status(StrEnum):
    """What has become of a message."""

    PENDING = "pending"
    """It is to be handled inside the database: the processor's next work."""
    OUTGOING = "outgoing"
    """It is to be carried outside, by the relay."""
    HANDLED = "handled"
    """Done, with all its effects; a plain fact is done when it is recorded."""
    REFUSED = "refused"
    """The rules did not allow it; nothing was changed."""
    DEAD = "dead"
    """Given up after many attempts: a dead letter, until somebody replays or discards it."""
    DISCARDED = "discarded"
    """A dead letter that somebody has given up for good."""


UNFINISHED: Final = Status.OUTGOING, Status.PENDING
_REFUSALS: Final = re.compile(r" \(refusal (\d{1,9}) of \d+ in a row\)\Z")


class Entry(NamedTuple):
    """A line of the log.

    `results` are what the handlers returned; `refusal` is what they raised, if they
    refused. `attempts` were made without success so far, the last one failing with
    `error`; the next is not made before `due`, which an OUTGOING entry always has. The
    `error` of a HANDLED entry tells why it was not carried outside.
    `changed` says whether the handlers changed anything; it is known only to the group that
    has handled the message, and not on record.
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
        """Whether its next attempt may be made by now."""
        return self.due is None or self.due <= now

    def done(self, results: Sequence[object] = (), *, changed: bool = True) -> "Entry":
        """The message has been handled."""
        return Entry(
            self.envelope, Status.HANDLED, tuple(results), None, self.attempts, changed=changed
        )

    def refused(self, refusal: Exception) -> "Entry":
        """The rules did not allow the message."""
        return Entry(self.envelope, Status.REFUSED, (), refusal, self.attempts)

    def skipped(self, why: DeliverySkipped) -> "Entry":
        """The message is done with, though it was not carried outside."""
        return self.done()._replace(error=_writable(str(why)))

    def failed(self, error: BaseException, now: datetime, backoff: Backoff) -> "Entry":
        """An attempt failed: the message is tried again later, or given up as a dead letter."""
        told, attempts = _writable(f"{type(error).__name__}: {error}"), self.attempts + 1
        refusals = self._refusals_with(error)
        if refusals:
            told += f" (refusal {refusals} of {backoff.max_refusals} in a row)"
        pause = backoff.after(attempts, refusals=refusals)
        if pause is None:
            return self._replace(status=Status.DEAD, attempts=attempts, due=None, error=told)
        return self._replace(attempts=attempts, due=now + pause, error=told)

    def too_deep(self, limit: int) -> "Entry":
        """The message has too many causes, one after another: it is a dead letter at once."""
        error = f"ChainTooDeep: a message has at most {limit} causes, one after another"
        return self._replace(status=Status.DEAD, error=error)

    def _refusals_with(self, error: BaseException) -> int:
        """How many refusals for good in a row this is: the text of the last one tells.

        Failures of another kind before it do not count, nor does what was before a replay.
        """
        if not isinstance(error, DeliveryRefused):
            return 0
        before = self.error or ""
        if self.attempts == 0 or not before.startswith(f"{DeliveryRefused.__name__}:"):
            return 1
        told = _REFUSALS.search(before)
        return 1 + (int(told[1]) if told else 1)


current_entry: ContextVar[Entry | None] = ContextVar("in_hand", default=None)
"""The line of the log that is being carried outside, so that what goes out can name its id,
the receiver can drop a repeat, and whoever carries it knows whether others have tried."""


class Answer(NamedTuple):
    """What became of a message from outside, once it is on disk.

    `repeated` says that it had been handled before, and this is its first result. Without
    `changed` the message was new, and told nothing that was not known.
    """

    id: str
    results: Sequence[object] = ()
    error: Exception | None = None
    repeated: bool = False
    changed: bool = True

    @classmethod
    def of(cls, entry: Entry, *, repeated: bool = False) -> "Answer":
        """The answer that the log holds."""
        return cls(entry.envelope.id, entry.results, entry.refusal, repeated, entry.changed)

    @classmethod
    def failure(cls, id: str, error: Exception) -> "Answer":
        """The answer to a message of which nothing has been kept."""
        failed = HandlerFailed(id, error)
        failed.__cause__ = error
        return cls(id, error=failed)

    @property
    def result(self) -> object:
        """What the first handler returned.

        Raises:
            Exception: the refusal or the failure, if there was one.
        """
        if self.error is not None:
            raise self.error
        return self.results[0] if self.results else None


def _writable(text: str) -> str:
    """Without what no database takes: zeros, and halves of characters."""
    return text.encode(errors="replace").decode().replace("\0", "?")
