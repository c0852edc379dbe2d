"""What sales or the buyers are notified of: facts with their causes, and what is true now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from allocation.domain.events import Event

MOST_LISTED: Final = 200
"""The maximum number of facts of one type, and of causes, that a mail lists."""


class Cause(NamedTuple):
    """An incoming message that has led to facts; `message` is None if the log has lost it."""

    id: str
    message: Event | None


class Facts(NamedTuple):
    """The number of the facts of one type, and the first of them, up to `MOST_LISTED`."""

    total: int
    listed: Sequence[Any]


class Shortage(NamedTuple):
    """The order lines and units of a product that wait for stock now."""

    lines: int
    units: int


class Overdue(NamedTuple):
    """A shipment that has not arrived: units that are expected, and the day they were due."""

    sku: str
    units: int
    eta: date


@dataclass(frozen=True)
class News:
    """What an audience is notified of.

    Attributes:
        facts: the facts, by type.
        causes: the incoming messages that have led to them, up to `MOST_LISTED`.
        cause_count: the number of these messages.
        title: what the messages were sent as, such as a file; None for a single message.
        shortages: what waits of the products that have run out.
        overdue: the shipments that are overdue now, by batch reference.
    """

    facts: Mapping[type[Event], Facts]
    causes: Sequence[Cause]
    cause_count: int = 1
    title: str | None = None
    shortages: Mapping[str, Shortage] = field(default_factory=dict)
    overdue: Mapping[str, Overdue] = field(default_factory=dict)
