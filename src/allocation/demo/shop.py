"""The orders of a furniture shop, and the batches that it buys."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from operator import attrgetter
from typing import Final, NamedTuple

from allocation.demo.furniture import DISCONTINUED, PIECES, ROOMS, WOODS
from allocation.demo.sampler import Sampler


class Period(NamedTuple):
    """A number of days from `first_day` on, in which so many order `lines` come in."""

    first_day: date
    days: int
    lines: int

    def day(self, days: float) -> date:
        """The day so many days after the first one."""
        return self.first_day + timedelta(days=int(days))


YEAR: Final = Period(date(2024, 1, 2), days=364, lines=2000)


class Batch(NamedTuple):
    """A batch of the shop, in the warehouse if it has no `eta`."""

    ref: str
    sku: str
    qty: int
    eta: date | None


class OrderLine(NamedTuple):
    """An order line of the shop."""

    orderid: str
    sku: str
    qty: int
    ordered_on: date


def order_lines(sampler: Sampler, period: Period = YEAR) -> list[OrderLine]:
    """The lines of the orders of a period, in the order in which they come in."""
    lines: list[tuple[int, str, int]] = []
    number = 0
    while len(lines) < period.lines:
        number += 1
        lines += [(number, sku, qty) for sku, qty in _order(sampler).items()]
    return [
        OrderLine(f"SO-{10_000 + n}", sku, qty, period.day(n * period.days / (number + 1)))
        for n, sku, qty in lines[: period.lines]
    ]


def demand_of(lines: Iterable[OrderLine]) -> Counter[str]:
    """The number of units that are ordered of each sku."""
    demand: Counter[str] = Counter()
    for line in lines:
        demand[line.sku] += line.qty
    return demand


def _order(sampler: Sampler) -> dict[str, int]:
    """What one customer orders: pieces of one room that go together, and how many of each."""
    room, finish = sampler.one_of(ROOMS), sampler.early_one_of(range(len(WOODS)))
    times = 3 if sampler.happens(0.04) else 1  # an office, or a hotel
    order: dict[str, int] = {}
    for _ in range(sampler.one_of((1, 1, 2, 3, 4))):
        piece = sampler.one_of(room)
        order[piece.skus[finish]] = sampler.one_of(piece.quantities) * times
    if sampler.happens(0.04):
        order[sampler.one_of(DISCONTINUED)] = 1
    return order


def batches(sampler: Sampler, lines: Iterable[OrderLine]) -> list[Batch]:
    """The stock on the first day of the year, and what is bought for it by a fair guess."""
    demand = demand_of(lines)
    stock: list[Batch] = []
    on_order: list[Batch] = []
    for number, piece in enumerate(PIECES, start=1):
        guesses = {sku: demand[sku] * sampler.between(0.8, 1.5) for sku in piece.skus}
        for sku in piece.skus:
            ref = f"STOCK-{len(stock) + 1}"
            stock.append(Batch(ref, sku, rounded(guesses[sku] * sampler.between(0.3, 0.5)), None))
        spring = _shipment(f"PO-{100 + number}", sampler.between(45, 150), guesses, 0.4)
        # What sells best is bought a second time.
        best = {sku: guesses[sku] for sku in sorted(piece.skus, key=lambda s: -demand[s])[:2]}
        autumn = _shipment(f"PO-{200 + number}", sampler.between(210, 320), best, 0.25)
        on_order += [*spring, *autumn]
    return [*stock, *sorted(on_order, key=attrgetter("eta"))]


def _shipment(ref: str, days: float, guesses: dict[str, float], share: float) -> Iterator[Batch]:
    """A purchase order: a batch for each sku, all of which arrive on the same working day."""
    arrival = YEAR.day(days)
    arrival += timedelta(days=max(0, 7 - arrival.weekday()) if arrival.weekday() > 4 else 0)
    for position, (sku, guess) in enumerate(guesses.items(), start=1):
        yield Batch(f"{ref}-{position}", sku, rounded(guess * share), arrival)


def rounded(units: float) -> int:
    """The number of units that are bought: a multiple of five, or of two if there are few."""
    return max(2, int(units / 5) * 5 if units >= 10 else int(units / 2) * 2)
