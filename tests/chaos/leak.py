"""The story of every crash: a leak ruins a part of a batch from which many are promised.

    batch   when        units   promised, in this order
    LATE    10 January    100   o1 29, o2 20, o3 40, o4 6, o5 3, o6 1, o7 1
    STOCK   in stock       10
    EARLY   2 January       6

    waiting: w1 50, w2 12, w3 11

LATE turns out to hold 65. The lines promised last lose: o7, o6, o5, o4, o3, which leaves
room for 16. STOCK takes o4, o5 and o6, and is full; EARLY takes o7; o3 must wait; and w2,
which has waited longest of those that fit, gets what is left of LATE.
"""

from datetime import date
from typing import Final

from allocation.bootstrap import Answer, Application, bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged, Event

SKU: Final = "OAK-TABLE"
BOUND: Final = 2
"""Messages in a group: the change and what follows from it take four groups."""

LINES: Final = {
    "o1": 29,
    "o2": 20,
    "o3": 40,
    "o4": 6,
    "o5": 3,
    "o6": 1,
    "o7": 1,
    "w1": 50,
    "w2": 12,
    "w3": 11,
}
HISTORY: Final[list[Event]] = [
    BatchCreated("LATE", SKU, 100, date(2030, 1, 10)),
    *(AllocationRequired(orderid, SKU, qty) for orderid, qty in LINES.items()),
    BatchCreated("STOCK", SKU, 10),
    BatchCreated("EARLY", SKU, 6, date(2030, 1, 2)),
]
LEAK: Final = BatchQuantityChanged("LATE", 65)
LEAK_ID: Final = "the-leak"

TAKEN_OFF: Final = ["o7", "o6", "o5", "o4", "o3"]


def let_history_happen(url: str) -> None:
    """All that happened before the leak."""
    application = bootstrap(Settings(url))
    try:
        for answer in application.handle_all(HISTORY):
            assert answer.error is None
    finally:
        application.close()


def report_the_leak(application: Application) -> Answer:
    """Send the message, as a client that knows its id would, once or again."""
    return application.handle(LEAK, LEAK_ID)


def start_again_and_report_the_leak(url: str) -> Answer:
    """What happens after a crash: the service is started, and the client asks again."""
    application = bootstrap(Settings(url), max_group_size=BOUND)
    try:
        application.processor.recover()
        return report_the_leak(application)
    finally:
        application.close()
