"""A large import: the data of TPC-H, partsupp as batches and lineitem as order lines."""

import csv
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import imports, progress
from benchmarks.bench import Bench
from benchmarks.figures import Row, Spread, Table

TABLES: Final = ("partsupp", "lineitem")
GENERATOR: Final = str(Path(sys.executable).with_name("tpchgen-cli"))

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class LargeFile(Row):
    """One file, imported into SQLite by one command."""

    file: str
    scale: str
    lines: int
    seconds: float
    per_second: Spread
    us: float
    """Microseconds for one line."""
    peak_mb: float
    """The most memory, in millions of bytes, that the command had."""
    ratio: None = None


def measure(bench: Bench) -> Iterator[Table]:
    """Once: it is long enough."""
    folder = bench.folder / "tpch"
    progress.tell(f"TPC-H at scale {bench.effort.scale}: making the data")
    _generate(folder, bench.effort.scale)
    files = {
        "batches": _convert(folder, "partsupp", ("ref", "sku", "qty", "eta"), _batch),
        "orders": _convert(folder, "lineitem", ("orderid", "sku", "qty"), _line),
    }
    rows = []
    with bench.databases.migrated("sqlite") as url:
        for what, (path, lines) in files.items():
            taken = imports.run_import(what, path, lines, url)
            progress.tell(f"TPC-H, {lines:,} {what}: {taken.seconds:.1f} s")
            rate, scale = taken.per_second, bench.effort.scale
            rows.append(
                LargeFile(
                    what, scale, lines, taken.seconds, Spread.of([rate]), 1e6 / rate, taken.peak_mb
                )
            )
    yield Table("tpch", "TPC-H's data through `allocation import` into SQLite.", tuple(rows))


def _generate(folder: Path, scale: str) -> None:
    options = ("-s", scale, f"--tables={','.join(TABLES)}", f"--output-dir={folder}")
    subprocess.run([GENERATOR, "csv", *options], check=True, capture_output=True)


def _convert(
    folder: Path, table: str, header: tuple[str, ...], row: Callable[[Cells], tuple[str, ...]]
) -> tuple[Path, int]:
    path = folder / f"{table}-as-ours.csv"
    with (folder / f"{table}.csv").open(newline="") as file:
        return path, imports.write(path, header, map(row, csv.DictReader(file)))


def _batch(cells: Cells) -> tuple[str, ...]:
    part, supplier = cells["ps_partkey"], cells["ps_suppkey"]
    return f"PS-{part}-{supplier}", f"PART-{part}", cells["ps_availqty"], ""


def _line(cells: Cells) -> tuple[str, ...]:
    order = f"{cells['l_orderkey']}.{cells['l_linenumber']}"
    return order, f"PART-{cells['l_partkey']}", str(int(float(cells["l_quantity"])))
