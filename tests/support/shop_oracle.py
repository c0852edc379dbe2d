"""The furniture shop's stock and orders (examples/shop), and what must become of them."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from tests.support.stock_oracle import UNKNOWN, Oracle

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
    """The stock of each sku as the design says, and the lines that were refused."""

    stock: dict[str, Oracle] = field(default_factory=lambda: defaultdict(Oracle))
    refused: list[Key] = field(default_factory=list)

    @property
    def placed(self) -> dict[Key, str | None]:
        """Where each line is promised from, None while it waits."""
        return {
            (orderid, sku): line.batchref
            for sku, oracle in self.stock.items()
            for orderid, line in oracle.lines.items()
        }

    @property
    def allocated(self) -> list[Key]:
        """The lines that have a batch."""
        return [key for key, ref in self.placed.items() if ref is not None]

    @property
    def waiting(self) -> list[Key]:
        """The lines that have none."""
        return [key for key, ref in self.placed.items() if ref is None]

    def correct(self, ref: str, sku: str, qty: int) -> list[Move]:
        """Give the batch another quantity; the lines that stand elsewhere afterwards."""
        before = self.placed
        self.stock[sku].change_batch_quantity(ref, qty)
        return [
            Move(orderid, sku, self.stock[sku].lines[orderid].qty, before[orderid, sku], batchref)
            for (orderid, sku), batchref in self.placed.items()
            if before[orderid, sku] != batchref
        ]


def expected() -> Expectation:
    """After both files have been imported, batches first."""
    expectation = Expectation()
    for row in _rows(BATCHES):
        eta = date.fromisoformat(row["eta"]) if row["eta"] else None
        expectation.stock[row["sku"]].add_batch(row["ref"], int(row["qty"]), eta)
    for row in _rows(ORDER_LINES):
        if expectation.stock[row["sku"]].allocate(row["orderid"], int(row["qty"])) == UNKNOWN:
            expectation.refused.append((row["orderid"], row["sku"]))
    return expectation


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
