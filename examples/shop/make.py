"""Makes the files of the furniture shop: batches.csv and orders.csv.

    python examples/shop/make.py [FOLDER]

The files are the same every time and everywhere: all chance comes from one seed, through
`Random.random`, the method for which Python promises the same numbers in every version.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Final, NamedTuple, TypeVar

SEED: Final = 2024
LINES: Final = 2000
FIRST_DAY: Final = date(2024, 1, 2)
DAYS: Final = 364

WOODS: Final = ("OAK", "WALNUT", "ASH", "BLACK")
FABRICS: Final = ("GREY", "GREEN", "BLUE", "RUST")
METALS: Final = ("BRASS", "STEEL", "WHITE", "COPPER")

T = TypeVar("T")


class Piece(NamedTuple):
    """A piece of furniture: its finishes, each a sku, and the usual quantities of a line."""

    name: str
    finishes: tuple[str, ...]
    quantities: tuple[int, ...] = (1, 1, 1, 2)


BOOKCASE: Final = Piece("BOOKCASE", WOODS, (1, 2, 2, 3))
LAMP: Final = Piece("FLOOR-LAMP", METALS, (1, 1, 2))
SIDE_TABLE: Final = Piece("SIDE-TABLE", WOODS, (1, 2, 2))
ROOMS: Final = (
    (
        Piece("DINING-TABLE", WOODS, (1,)),
        Piece("DINING-CHAIR", WOODS, (2, 4, 4, 6, 6, 8)),
        Piece("BENCH", WOODS),
        Piece("BAR-STOOL", FABRICS, (2, 3, 4)),
        Piece("SIDEBOARD", WOODS, (1,)),
    ),
    (
        Piece("SOFA", FABRICS),
        Piece("ARMCHAIR", FABRICS, (1, 1, 2, 2)),
        Piece("COFFEE-TABLE", WOODS, (1,)),
        SIDE_TABLE,
        BOOKCASE,
        LAMP,
    ),
    (Piece("DESK", WOODS), Piece("DESK-CHAIR", FABRICS), BOOKCASE, LAMP),
    (Piece("BED-FRAME", WOODS, (1,)), Piece("WARDROBE", WOODS), SIDE_TABLE),
)
PIECES: Final = tuple(dict.fromkeys(piece for room in ROOMS for piece in room))
DISCONTINUED: Final = ("TEAK-DECK-CHAIR", "PINE-BUNK-BED", "RATTAN-SWING")
"""Only in the old brochure, from which people still order: there is no batch of them."""


class Batch(NamedTuple):
    """A row of batches.csv; an empty `eta` is a batch in the warehouse."""

    ref: str
    sku: str
    qty: int
    eta: str


class OrderLine(NamedTuple):
    """A row of orders.csv."""

    orderid: str
    sku: str
    qty: int
    ordered_on: str


class Chance:
    """All that is random, from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random  # noqa: S311 - no secret: the same shop every time

    def one_of(self, choices: Sequence[T]) -> T:
        """One of them, each as likely as the others."""
        return choices[int(self._random() * len(choices))]

    def early_one_of(self, choices: Sequence[T]) -> T:
        """One of them, the first ones the most likely."""
        return choices[int(self._random() * self._random() * len(choices))]

    def happens(self, probability: float) -> bool:
        """Whether something happens that has this probability."""
        return self._random() < probability

    def between(self, low: float, high: float) -> float:
        """A number from `low` up to `high`."""
        return low + self._random() * (high - low)


def order_lines(chance: Chance) -> list[OrderLine]:
    """The lines of a year's orders, as the orders came in."""
    lines: list[tuple[int, str, int]] = []
    number = 0
    while len(lines) < LINES:
        number += 1
        lines += [(number, sku, qty) for sku, qty in _order(chance).items()]
    return [
        OrderLine(f"SO-{10_000 + n}", sku, qty, _day(n * DAYS / (number + 1)).isoformat())
        for n, sku, qty in lines[:LINES]
    ]


def _order(chance: Chance) -> dict[str, int]:
    """What one customer orders: pieces of one room that go together, and how many of each."""
    room, finish = chance.one_of(ROOMS), chance.early_one_of(range(len(WOODS)))
    times = 3 if chance.happens(0.04) else 1  # an office, or a hotel
    order: dict[str, int] = {}
    for _ in range(chance.one_of((1, 1, 2, 3, 4))):
        piece = chance.one_of(room)
        sku = f"{piece.finishes[finish]}-{piece.name}"
        order[sku] = chance.one_of(piece.quantities) * times
    if chance.happens(0.04):
        order[chance.one_of(DISCONTINUED)] = 1
    return order


def batches(chance: Chance, lines: Iterable[OrderLine]) -> list[Batch]:
    """The stock on the first day, and what was bought for the year by a fair guess."""
    demand: Counter[str] = Counter()
    for line in lines:
        demand[line.sku] += line.qty
    stock: list[Batch] = []
    on_order: list[Batch] = []
    for number, piece in enumerate(PIECES, start=1):
        skus = [f"{finish}-{piece.name}" for finish in piece.finishes]
        guesses = {sku: demand[sku] * chance.between(0.8, 1.5) for sku in skus}
        for sku in skus:
            ref = f"STOCK-{len(stock) + 1}"
            stock.append(Batch(ref, sku, _rounded(guesses[sku] * chance.between(0.3, 0.5)), ""))
        spring = _shipment(f"PO-{100 + number}", chance.between(45, 150), guesses, 0.4)
        # What sells best is bought a second time.
        best = {sku: guesses[sku] for sku in sorted(skus, key=lambda s: -demand[s])[:2]}
        autumn = _shipment(f"PO-{200 + number}", chance.between(210, 320), best, 0.25)
        on_order += [*spring, *autumn]
    return [*stock, *sorted(on_order, key=attrgetter("eta"))]


def _shipment(ref: str, days: float, guesses: dict[str, float], share: float) -> Iterator[Batch]:
    """A purchase order: a batch for each sku, all of which arrive on the same working day."""
    arrival = _day(days)
    arrival += timedelta(days=max(0, 7 - arrival.weekday()) if arrival.weekday() > 4 else 0)
    for position, (sku, guess) in enumerate(guesses.items(), start=1):
        yield Batch(f"{ref}-{position}", sku, _rounded(guess * share), arrival.isoformat())


def _rounded(units: float) -> int:
    """Furniture is bought by the five, or by two when it is little."""
    return max(2, int(units / 5) * 5 if units >= 10 else int(units / 2) * 2)


def _day(days: float) -> date:
    return FIRST_DAY + timedelta(days=int(days))


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(folder: Path) -> None:
    """Write both files into the folder."""
    chance = Chance(SEED)
    lines = order_lines(chance)
    write(folder / "batches.csv", Batch._fields, batches(chance, lines))
    write(folder / "orders.csv", OrderLine._fields, lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent)
