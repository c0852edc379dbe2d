"""The furniture shop's stock and orders (examples/shop), and what must become of them.

The expectation is worked out here from the rules as they are written in the design, in
plain dictionaries, and shares no code with the application.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path(__file__).parents[2] / "examples/shop"
BATCHES: Final = FOLDER / "batches.csv"
ORDER_LINES: Final = FOLDER / "orders.csv"

Key = tuple[str, str]
"""A line: its order and its sku."""


class Move(NamedTuple):
    """A line that stands elsewhere than before; None is the queue of the waiting lines."""

    orderid: str
    sku: str
    qty: int
    source: str | None
    target: str | None


@dataclass
class Expectation:
    """Where each line is promised from, None while it waits; and which were refused."""

    placed: dict[Key, str | None] = field(default_factory=dict)
    qty: dict[Key, int] = field(default_factory=dict)
    """The quantity of each line that is not refused."""
    refused: list[Key] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)
    """How many units each batch holds in all."""
    room: dict[str, int] = field(default_factory=dict)
    """How many units of each batch are still to be promised."""
    stock: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The references of each sku's batches, the preferred one first."""

    @property
    def allocated(self) -> list[Key]:
        """The lines that have a batch."""
        return [key for key, ref in self.placed.items() if ref is not None]

    @property
    def waiting(self) -> list[Key]:
        """The lines that have none, oldest first."""
        return [key for key, ref in self.placed.items() if ref is None]

    def place(self, key: Key) -> None:
        """The whole line on the first batch that has room for all of it."""
        qty = self.qty[key]
        ref = next((ref for ref in self.stock[key[1]] if self.room[ref] >= qty), None)
        self.placed[key] = ref
        if ref is not None:
            self.room[ref] -= qty

    def queue(self, sku: str) -> list[Key]:
        """The waiting lines of one sku, oldest first."""
        return [key for key in self.waiting if key[1] == sku]

    def correct(self, ref: str, sku: str, qty: int) -> list[Move]:
        """Give the batch another quantity; the lines that stand elsewhere afterwards.

        Lines are taken off it, the last one first; then each waiting line, oldest first,
        goes to the first batch of its sku that has room for it.
        """
        before = dict(self.placed)
        self.room[ref] += qty - self.held[ref]
        self.held[ref] = qty
        # Nothing has been moved before, so the order of the lines is that of the promises.
        for key in reversed([key for key, at in self.placed.items() if at == ref]):
            if self.room[ref] < 0:
                self.placed[key] = None
                self.room[ref] += self.qty[key]
        for key in self.queue(sku):
            self.place(key)
        return [
            Move(*key, self.qty[key], before[key], self.placed[key])
            for key in self.placed
            if before[key] != self.placed[key]
        ]


def expected() -> Expectation:
    """After both files have been taken in, batches first."""
    expectation = Expectation()
    for row in sorted(_rows(BATCHES), key=lambda row: (row["eta"], row["ref"])):
        expectation.stock[row["sku"]].append(row["ref"])
        expectation.held[row["ref"]] = expectation.room[row["ref"]] = int(row["qty"])
    for row in _rows(ORDER_LINES):
        key = (row["orderid"], row["sku"])
        if row["sku"] not in expectation.stock:
            expectation.refused.append(key)
            continue
        expectation.qty[key] = int(row["qty"])
        expectation.place(key)
    return expectation


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
