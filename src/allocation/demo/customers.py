"""What the customers of the shop do: they order, and sometimes cancel."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Final

from allocation.demo.sampler import Sampler
from allocation.demo.schedule import SHOP, Scheduled, at_hour
from allocation.demo.shop import OrderLine
from allocation.domain.events import AllocationRequired, OrderCancelled

LAST_CANCELLATION: Final = 12
"""Days after the order; later, lines of it may have been shipped."""

_LARGE: Final = 6
"""Units of a line that the customer takes in several deliveries."""

_REASONS: Final = ("changed my mind", "found it cheaper", "moving abroad", "wrong colour")


def customers(sampler: Sampler, lines: Iterable[OrderLine]) -> Iterator[Scheduled]:
    """The orders, and the cancellations of some of them."""
    for _, order in groupby(lines, attrgetter("orderid")):
        yield from _order(sampler, [*order])


def _order(sampler: Sampler, lines: list[OrderLine]) -> Iterator[Scheduled]:
    orderid, _, _, day = lines[0]
    placed = at_hour(day, sampler.between(7, 23))
    required_by = None
    if sampler.happens(0.3):
        required_by = day + timedelta(days=int(sampler.between(7, 50)))
    for line in lines:
        split = True if line.qty >= _LARGE else None
        event = AllocationRequired(
            orderid, line.sku, line.qty, required_by=required_by, split=split
        )
        yield Scheduled(placed, SHOP, event)
    if sampler.happens(0.07):
        later = timedelta(days=sampler.between(0.5, LAST_CANCELLATION))
        cancelled = OrderCancelled(orderid, sampler.one_of(_REASONS))
        yield Scheduled(placed + later, SHOP, cancelled)
