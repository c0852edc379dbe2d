"""What sales or the buyers are notified of: facts with their causes, and what is true now."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from allocation.domain.events import Event

MOST_LISTED: Final = 200
"""The maximum number of lines of one kind, and of causes, that a mail lists."""

MOST_READ: Final = 5_000
"""The maximum number of facts that are read for a mail."""


class Cause(NamedTuple):
    """An incoming message that has led to facts; `message` is None if the log has lost it.

    `sender` is who sent it, None if the log does not say.
    """

    id: str
    message: Event | None
    sender: str | None = None


class Shortage(NamedTuple):
    """The order lines and units of a product that wait for stock now."""

    lines: int
    units: int


class Overdue(NamedTuple):
    """A shipment that has not arrived: units that are expected, and the day they were due.

    `promised` of these units are promised to `lines` order lines.
    """

    sku: str
    units: int
    eta: date
    lines: int
    promised: int


class Notification(NamedTuple):
    """The subject and the text of a mail."""

    subject: str
    text: str


@dataclass(frozen=True)
class News:
    """What an audience is notified of.

    Attributes:
        facts: the facts in log order, up to `MOST_READ`.
        counts: the number of all facts of each type.
        causes: the incoming messages that have led to them, up to `MOST_LISTED`.
        cause_count: the number of these messages.
        title: what the messages were sent as, such as a file; None for a single message.
        shortages: what waits of the products that have run out.
        overdue: the shipments that are overdue now, by batch reference.
        waiting: the order lines with a lost promise of which units wait now: order, sku, line.
    """

    facts: Sequence[Event]
    counts: Mapping[type[Event], int]
    causes: Sequence[Cause]
    cause_count: int = 1
    title: str | None = None
    shortages: Mapping[str, Shortage] = field(default_factory=dict)
    overdue: Mapping[str, Overdue] = field(default_factory=dict)
    waiting: Set[tuple[str, str, str]] = frozenset()
