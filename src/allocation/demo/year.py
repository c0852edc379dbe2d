"""The simulated year of the shop."""

from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import Final

from allocation.demo.customers import customers
from allocation.demo.sampler import Sampler
from allocation.demo.schedule import WAREHOUSE, Scheduled
from allocation.demo.shop import Period, demand_of, order_lines
from allocation.demo.suppliers import suppliers
from allocation.demo.warehouse import leak, warehouse

OPENING: Final = datetime(2024, 1, 2, 8, tzinfo=UTC)
"""When the year begins; what is scheduled before is its history."""

_DAYS_BEFORE: Final = 28
_DAYS: Final = 364
PERIOD: Final = Period(date(2023, 12, 5), days=_DAYS_BEFORE + _DAYS, lines=2150)

FIRST_LEAKS: Final = (10, 26, 45)
"""Hours after the opening, so that nobody waits long for the first order line to move."""


def year(seed: int) -> list[Scheduled]:
    """All that happens before the opening and in the year after it, in order of time.

    It is the same for the same seed.
    """
    sampler = Sampler(seed)
    lines = order_lines(sampler, PERIOD)
    first_leaks = [
        Scheduled(OPENING + timedelta(hours=hours), WAREHOUSE, leak(sampler))
        for hours in FIRST_LEAKS
    ]
    scheduled = [
        *suppliers(sampler, demand_of(lines), PERIOD),
        *customers(sampler, lines),
        *warehouse(sampler, PERIOD),
        *first_leaks,
    ]
    end = OPENING + timedelta(days=_DAYS)
    return sorted((each for each in scheduled if each.at < end), key=attrgetter("at"))
