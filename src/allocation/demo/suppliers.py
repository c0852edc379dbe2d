"""What the suppliers of the shop do: shipments are announced, slip, and arrive, some in part."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import count
from typing import Final

from allocation.demo.furniture import PIECES
from allocation.demo.sampler import Sampler
from allocation.demo.schedule import BUYER, WAREHOUSE, Scheduled, at_hour
from allocation.demo.shop import Batch, Period, rounded
from allocation.domain.events import (
    BatchBlocked,
    BatchCancelled,
    BatchCreated,
    BatchEtaChanged,
    BatchPartiallyReceived,
    BatchUnblocked,
)

_STOCK_DAYS: Final = 35
"""Days for which the stock of the first day lasts."""

_LEAST: Final = 4
"""Units that a shipment has at least."""

_DELAYS: Final = ("storm at sea", "customs", "strike in the port", "mill out of oak", "truck broke")


def suppliers(sampler: Sampler, demand: Mapping[str, int], period: Period) -> Iterator[Scheduled]:
    """The stock on the first day, and the shipments of the period with all that befalls them."""
    numbers = count(1)
    skus = [sku for piece in PIECES for sku in piece.skus]
    for place, sku in enumerate(skus, start=1):
        daily = max(1, demand[sku]) / period.days
        qty = rounded(daily * _STOCK_DAYS * sampler.between(0.8, 1.3))
        stock = BatchCreated(f"STOCK-{place}", sku, qty)
        yield Scheduled(at_hour(period.first_day, 0), BUYER, stock)
        days = sampler.between(15, 45)
        while days < period.days:
            gap = min(130.0, max(sampler.between(30, 50), _LEAST / daily))
            units = rounded(daily * gap * sampler.between(0.9, 1.5))
            batch = Batch(f"PO-{100 + next(numbers)}", sku, units, period.day(days))
            yield from _shipment(sampler, batch, period.day(days), period.first_day)
            days += gap


def _shipment(sampler: Sampler, batch: Batch, eta: date, first_day: date) -> Iterator[Scheduled]:
    """The life of a shipment, until it is in the warehouse."""
    ref, sku, qty, _ = batch
    announced = max(first_day, eta - timedelta(days=sampler.between(30, 60)))
    created = BatchCreated(ref, sku, qty, eta)
    yield Scheduled(_working_hour(sampler, announced), BUYER, created)
    while sampler.happens(0.3):
        heard = max(announced + timedelta(days=1), eta - timedelta(days=sampler.between(1, 8)))
        eta += timedelta(days=sampler.between(4, 20))
        delayed = BatchEtaChanged(ref, eta, sampler.one_of(_DELAYS))
        yield Scheduled(_working_hour(sampler, heard), BUYER, delayed)
    if sampler.happens(0.03):
        lost = BatchCancelled(ref, "lost at sea")
        yield Scheduled(_working_hour(sampler, eta + timedelta(days=3)), BUYER, lost)
        return
    late = sampler.between(1, 5) if sampler.happens(0.25) else 0
    yield from _arrival(sampler, batch, eta + timedelta(days=late))


def _arrival(sampler: Sampler, batch: Batch, day: date) -> Iterator[Scheduled]:
    """A shipment arrives, as a whole or in two parts, and may be inspected."""
    at, ref = _working_hour(sampler, day), batch.ref
    if batch.qty >= _LEAST and sampler.happens(0.35):
        part = int(batch.qty * sampler.between(0.3, 0.8))
        received = BatchPartiallyReceived(ref, f"{ref}-A", part, "one of two trucks")
        yield Scheduled(at, WAREHOUSE, received)
        day += timedelta(days=sampler.between(3, 12))
        rest = BatchEtaChanged(ref, day, "the other truck")
        yield Scheduled(at + timedelta(hours=1), BUYER, rest)
        at = _working_hour(sampler, day)
    yield Scheduled(at, WAREHOUSE, BatchEtaChanged(ref))
    if sampler.happens(0.1):
        blocked = BatchBlocked(ref, "wrapping damaged, to be inspected")
        yield Scheduled(at + timedelta(minutes=30), WAREHOUSE, blocked)
        sound = at + timedelta(days=sampler.between(1, 4))
        yield Scheduled(sound, WAREHOUSE, BatchUnblocked(ref, "inspected, sound"))


def _working_hour(sampler: Sampler, day: date) -> datetime:
    return at_hour(day, sampler.between(8, 17))
