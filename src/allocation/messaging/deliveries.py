"""Deliveries: what is to become of a message at a destination outside the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from allocation.messaging.errors import DeliverySkipped
from allocation.messaging.log import Entry, Envelope, Status
from allocation.messaging.retry import Backoff


class Delivery(NamedTuple):
    """One message on its way to one destination.

    Its `status` is OUTGOING, HANDLED or DEAD. `attempts` failed so far, the last one with
    `error`; the next is not made before `due`. While a relay has claimed it, nobody else claims
    it until the `lease` is over.

    The log has one row for a message and its only delivery, in which `due` is the end of the
    lease while there is one: see `of` and `entry`, which nothing else needs to know.
    """

    envelope: Envelope
    destination: str
    status: Status = Status.OUTGOING
    attempts: int = 0
    due: datetime | None = None
    error: str | None = None
    lease: datetime | None = None

    @classmethod
    def of(cls, entry: Entry, destination: str) -> "Delivery":
        """The delivery that the log holds."""
        return cls(
            entry.envelope, destination, entry.status, entry.attempts, entry.due, entry.error
        )

    def entry(self) -> Entry:
        """The delivery as the log holds it."""
        due = self.due if self.lease is None else self.lease
        return Entry(self.envelope, self.status, attempts=self.attempts, due=due, error=self.error)

    @property
    def id(self) -> str:
        """The message's id: the same at every attempt, so that a receiver can drop a repeat."""
        return self.envelope.id

    @property
    def attempt(self) -> int:
        """The number of the attempt that is made now; the first is 1."""
        return self.attempts + 1

    def claimed(self, lease_end: datetime) -> "Delivery":
        """A relay has it until then."""
        return self._replace(lease=lease_end)

    def released(self) -> "Delivery":
        """It is as it was before it was claimed."""
        return self._replace(lease=None)

    def delivered(self) -> "Delivery":
        """The destination has the message."""
        return self._after(self.released().entry().done())

    def skipped(self, why: DeliverySkipped) -> "Delivery":
        """Nobody is to be given the message; `error` says why."""
        return self._after(self.released().entry().skipped(why))

    def failed(self, error: BaseException, now: datetime, backoff: Backoff) -> "Delivery":
        """The attempt failed: another one is made later, or the message is a dead letter."""
        return self._after(self.released().entry().failed(error, now, backoff))

    def _after(self, entry: Entry) -> "Delivery":
        return Delivery.of(entry, self.destination)


DeliveryHandler = Callable[[Any, Delivery], object]
"""A function `(message, delivery)`; it may be called again with the same message."""


@dataclass(frozen=True)
class Destination:
    """A place outside the database, and the handler of each message type that goes there.

    Deliveries to it that share an ordering key are made in log order: one that fails and is
    tried again later holds back those behind it. A dead letter does not: later messages pass it.
    When it is replayed, it has its old place again, before all that are not delivered by then.
    """

    name: str
    handlers: Mapping[type[Any], DeliveryHandler]
