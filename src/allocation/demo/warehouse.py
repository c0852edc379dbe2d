"""What happens in the warehouse every day: lines are shipped, and the roof leaks."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from allocation.demo.customers import LAST_CANCELLATION
from allocation.demo.sampler import Sampler
from allocation.demo.schedule import WAREHOUSE, Dispatch, Leak, Midnight, Scheduled, at_hour
from allocation.demo.shop import Period

_DISPATCH: Final = Dispatch(LAST_CANCELLATION + 2)
_REASONS: Final = ("leak in the roof", "burst pipe", "dropped by the forklift", "miscounted")


def warehouse(sampler: Sampler, period: Period) -> Iterator[Scheduled]:
    """The days of the period: midnights, working days, and a leak every other day."""
    for number in range(period.days):
        day = period.first_day + timedelta(days=number)
        yield Scheduled(at_hour(day, 0), WAREHOUSE, Midnight())
        if day.weekday() < 5:
            yield Scheduled(at_hour(day, 15), WAREHOUSE, _DISPATCH)
        if sampler.happens(0.5):
            yield Scheduled(at_hour(day, sampler.between(0, 24)), WAREHOUSE, leak(sampler))


def leak(sampler: Sampler) -> Leak:
    """A leak somewhere in the warehouse."""
    return Leak(sampler.between(0, 1), sampler.between(0.2, 0.6), sampler.one_of(_REASONS))
