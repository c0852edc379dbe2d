"""Makes the files of the furniture shop: batches.csv and orders.csv.

    python examples/shop/make.py [FOLDER]

The files are the same every time and everywhere. The shop is that of `allocation demo`.
"""

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from allocation.demo.sampler import Sampler
from allocation.demo.shop import Batch, OrderLine, batches, order_lines

SEED: Final = 2024


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(folder: Path) -> None:
    """Write both files into the folder."""
    sampler = Sampler(SEED)
    lines = order_lines(sampler)
    write(folder / "batches.csv", Batch._fields, batches(sampler, lines))
    write(folder / "orders.csv", OrderLine._fields, lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent)
