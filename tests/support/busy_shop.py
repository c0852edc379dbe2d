"""A shop in which all has happened that can: odd names, splits, receipts, shipments, refusals."""

from collections.abc import Sequence
from contextlib import closing
from datetime import date
from typing import Final

from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain import events
from allocation.domain.events import AllocationRequired, BatchCreated, Event
from allocation.messaging.log import Clock
from tests.support.clock import TickingClock

MARCH: Final = date(2030, 3, 1)
JUNE: Final = date(2030, 6, 1)

ODD: Final = ("=1+1", "+4", "-LAMP", "@x", "0012", "1E5", "2030-01-01", "TRUE", 'a "b", c;d', "'a")
"""Names that a spreadsheet takes for something else."""

MARKUP: Final = ("<r>x</r>", "_x0041_", "a & b", "http://x.example", "Grüße-日本 🛋")
"""Names that mean something in the files that Excel writes."""

STOCK: Final = (
    BatchCreated("s1", "LAMP", 10),
    BatchCreated("s2", "LAMP", 6),
    BatchCreated("p1", "LAMP", 20, MARCH),
    BatchCreated("gone", "LAMP", 3, JUNE),
    BatchCreated("none", "LAMP", 2, JUNE),
    BatchCreated("c1", "CHAIR", 5),
    BatchCreated("c2", "CHAIR", 8, MARCH),
    BatchCreated("d1", "DESK", 100, MARCH),
    *(BatchCreated(f"ref {name}", f"sku {name}"[4:], 5) for name in (*ODD, *MARKUP)),
)
DEMAND: Final = (
    AllocationRequired("o1", "LAMP", 4),
    AllocationRequired("o2", "LAMP", 25, line="10", required_by=JUNE, split=True),
    AllocationRequired("o2", "LAMP", 2, line="20"),
    AllocationRequired("o3", "LAMP", 50),
    AllocationRequired("o4", "LAMP", 9, split=True),
    AllocationRequired("o5", "CHAIR", 5, required_by=MARCH),
    AllocationRequired("o6", "CHAIR", 6),
    AllocationRequired("o7", "CHAIR", 1),
    AllocationRequired("o8", "CHAIR", 40, split=True),
    AllocationRequired("d60", "DESK", 60),
    AllocationRequired("d40", "DESK", 40),
    *(AllocationRequired(f"o {name}", name, 3) for name in (*ODD, *MARKUP)),
    *(AllocationRequired(name, name, 4) for name in (*ODD, *MARKUP)),
)
LIFE: Final = (
    events.BatchCancelled("gone", "lost at sea"),
    events.BatchQuantityChanged("none", 0, "a leak"),
    events.OrderLineShipped("o1", "LAMP", reason="on its way"),
    events.OrderLineShipped("o5", "CHAIR", 2, "c1"),
    events.OrderLineShipped("o4", "LAMP", 1, "s1"),
    events.OrderLineCancelled("o7", "CHAIR"),
    events.OrderLineChanged("o6", "CHAIR", 7),
    events.BatchPartiallyReceived("d1", "d1a", 50),
    events.BatchCreated("b1", "SHELF", 9),
    events.AllocationRequired("o9", "SHELF", 5),
    events.BatchBlocked("b1", "water damage"),
    events.AllocationRequired("o9", "UNHEARD-OF", 1),
)
"""The last one is refused."""


def open_the_shop(url: str, *more: Event, clock: Clock | None = None) -> None:
    """Let it all happen in a database; each message has its place as its idempotency key."""
    with closing(bootstrap(Settings(url), clock=clock or TickingClock())) as parts:
        for number, event in enumerate((*STOCK, *DEMAND, *LIFE, *more)):
            parts.handle(event, f"key-{number}")


def history() -> Sequence[Event]:
    """All that happens, in its order."""
    return (*STOCK, *DEMAND, *LIFE)
