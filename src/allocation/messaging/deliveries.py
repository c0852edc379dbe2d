"""Deliveries: messages on their way to destinations outside the database."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from allocation.messaging.errors import DeliverySkipped, RegistryError
from allocation.messaging.log import Entry, Envelope, Status
from allocation.messaging.retry import Backoff


class Delivery(NamedTuple):
    """One message on its way to one destination, or the digests of one cause.

    In the log, a message and its only delivery share one entry; `of` and `entry` convert between
    the two. While a relay has claimed the delivery, the entry's `due` is the end of the lease.

    Attributes:
        envelope: the message with its ids.
        destination: the name of the destination; empty if the message no longer has one.
        status: OUTGOING, HANDLED or DEAD.
        attempts: the number of failed attempts so far.
        due: the earliest time of the next attempt.
        error: why the last attempt failed, or why the delivery was skipped.
        lease: the time until which no other relay may claim the delivery; None if unclaimed.
        others: the envelopes of the other messages that are delivered together with the first.
    """

    envelope: Envelope
    destination: str
    status: Status = Status.OUTGOING
    attempts: int = 0
    due: datetime | None = None
    error: str | None = None
    lease: datetime | None = None
    others: tuple[Envelope, ...] = ()

    @classmethod
    def of(cls, entries: Sequence[Entry], destination: str) -> "Delivery":
        """The delivery of log entries, with the attempts and the error of the first."""
        first, *others = entries
        return cls(
            first.envelope,
            destination,
            first.status,
            first.attempts,
            first.due,
            first.error,
            others=tuple(entry.envelope for entry in others),
        )

    def entry(self) -> Entry:
        """The log entry of the delivery's first message."""
        due = self.due if self.lease is None else self.lease
        return Entry(self.envelope, self.status, attempts=self.attempts, due=due, error=self.error)

    def entries(self) -> list[Entry]:
        """The log entries of all messages of the delivery."""
        first = self.entry()
        return [first, *(first._replace(envelope=other) for other in self.others)]

    @property
    def id(self) -> str:
        """The message's id: the same at every attempt, so that a receiver can drop a repeat.

        That of several messages changes if more of them are delivered at a later attempt.
        """
        if not self.others:
            return self.envelope.id
        return f"{self.envelope.id}.{len(self.others)}"  # short: mail folds long headers

    @property
    def attempt(self) -> int:
        """The number of the current attempt; the first is 1."""
        return self.attempts + 1

    def claimed(self, lease_end: datetime) -> "Delivery":
        """The delivery while a relay has claimed it."""
        return self._replace(lease=lease_end)

    def released(self) -> "Delivery":
        """The delivery as it was before it was claimed."""
        return self._replace(lease=None)

    def delivered(self) -> "Delivery":
        """The delivery after the destination has accepted the message."""
        return self._with(self.released().entry().done())

    def skipped(self, reason: DeliverySkipped) -> "Delivery":
        """The delivery if it needs no attempt: it counts as handled, and `error` has the reason."""
        return self._with(self.released().entry().skipped(reason))

    def failed(self, error: BaseException, now: datetime, backoff: Backoff) -> "Delivery":
        """The delivery after a failed attempt: due again later, or a dead letter."""
        return self._with(self.released().entry().failed(error, now, backoff))

    def _with(self, entry: Entry) -> "Delivery":
        return Delivery.of((entry,), self.destination)._replace(others=self.others)


DeliveryHandler = Callable[[Any, Delivery], object]
"""A function `(message, delivery)`; it may be called again with the same message."""


@dataclass(frozen=True)
class Destination:
    """A place outside the database, and the handler of each message type that goes there.

    Deliveries to a destination that share an ordering key are made in log order: a failed delivery
    holds back later ones until it has succeeded. A dead letter does not hold them back. When it
    is replayed, it returns to its place in the order, before all messages not delivered by then.
    """

    name: str
    handlers: Mapping[type[Any], DeliveryHandler]


class Destinations:
    """The destinations of an application, by message type.

    Raises:
        RegistryError: a message type has two destinations, and the log supports only one.
    """

    def __init__(self, destinations: Iterable[Destination]) -> None:
        self._by_type: dict[type, Destination] = {}
        for destination in destinations:
            for type_ in destination.handlers:
                if type_ in self._by_type:
                    raise RegistryError(
                        f"{type_.__name__} goes to {self._by_type[type_].name} and to "
                        f"{destination.name}: the log supports one destination per message type"
                    )
                self._by_type[type_] = destination

    def delivery(self, entries: Sequence[Entry]) -> Delivery:
        """The delivery of log entries of one type, with the name of its destination."""
        destination = self._by_type.get(type(entries[0].envelope.message))
        return Delivery.of(entries, "" if destination is None else destination.name)

    def deliver(self, delivery: Delivery) -> None:
        """Call the handler of a delivery.

        Raises:
            KeyError: the message has no destination: another version of the program wrote it.
            Exception: the handler's error.
        """
        message = delivery.envelope.message
        self._by_type[type(message)].handlers[type(message)](message, delivery)
