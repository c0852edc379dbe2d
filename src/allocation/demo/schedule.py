"""What happens in the simulated shop, and when."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from allocation.domain.events import Event

SHOP: Final = "shop"
BUYER: Final = "buyer"
WAREHOUSE: Final = "warehouse"
"""The senders of the shop's messages."""


class Midnight(NamedTuple):
    """A day begins: shipments that should have arrived are overdue now."""


class Dispatch(NamedTuple):
    """Order lines in stock whose first promised day was at least `days` days ago are shipped."""

    days: int


class Leak(NamedTuple):
    """Water spoils units of a batch in the warehouse.

    Attributes:
        choice: a number from 0 to 1 that selects one of the batches.
        share: the share of its allocated units that are spoiled, apart from those that are free.
        reason: recorded with the correction.
    """

    choice: float
    share: float
    reason: str


Action = Event | Midnight | Dispatch | Leak
"""An event, or something of which the events depend on the stock at that moment."""


class Scheduled(NamedTuple):
    """An action at a point in time, in UTC, by a sender."""

    at: datetime
    sender: str
    action: Action


def at_hour(day: date, hours: float) -> datetime:
    """The point in time so many hours after the beginning of a day."""
    return datetime.combine(day, time(), UTC) + timedelta(hours=hours)
