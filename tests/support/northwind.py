"""The Northwind company's stock and orders, and what must become of them.

The expectation is worked out here from the rules as they are written in the design, in
plain dictionaries, and shares no code with the application.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / "../shared/data/northwind"
BATCHES: Final = FOLDER / "batches.csv"
ORDER_LINES: Final = FOLDER / "order_lines.csv"

Key = tuple[str, str]
"""A line: its order and its sku."""


@dataclass
class Expectation:
    """Where each line is promised from, None while it waits; and which were refused."""

    placed: dict[Key, str | None] = field(default_factory=dict)
    qty: dict[Key, int] = field(default_factory=dict)
    refused: list[Key] = field(default_factory=list)
    room: dict[str, int] = field(default_factory=dict)
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

    def shrink(self, ref: str, sku: str, lost: int) -> list[Key]:
        """Take lines off the batch, the last one first; then each that fits, oldest first."""
        self.room[ref] -= lost
        taken_off = []
        # Nothing has been moved before, so the order of the lines is that of the promises.
        for key in reversed([key for key, at in self.placed.items() if at == ref]):
            if self.room[ref] < 0:
                self.placed[key] = None
                self.room[ref] += self.qty[key]
                taken_off.append(key)
        for key in self.waiting:
            if key[1] == sku:
                self.place(key)
        return taken_off


def expected() -> Expectation:
    """After both files have been taken in, batches first."""
    expectation = Expectation()
    for row in sorted(_rows(BATCHES), key=lambda row: (row["eta"], row["ref"])):
        expectation.stock[row["sku"]].append(row["ref"])
        expectation.room[row["ref"]] = int(row["qty"])
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
