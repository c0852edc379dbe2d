"""`allocation import` of a workbook, in turn with the same rows as a CSV file."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xlsxwriter

from benchmarks import imports, progress, stock
from benchmarks.bare.rows import Order, order
from benchmarks.bench import Bench
from benchmarks.figures import Row, Spread, Table, between

BAR: Final = 0.5
"""The rate of a workbook must be at least this part of that of a CSV file."""


@dataclass(frozen=True, slots=True)
class ImportedFile(Row):
    """One kind of file, imported into SQLite."""

    file: str
    lines: int
    per_second: Spread
    us: float
    """Microseconds for one line."""
    peak_mb: float
    """The most memory, in millions of bytes, that the command had."""
    ratio: Spread | None
    """To the CSV file, measured in turn with it."""
    bar: float | None
    met: str


def measure(bench: Bench) -> Iterator[Table]:
    """CSV, a workbook, CSV, and so on; each file has new orders."""
    skus = stock.names(bench.effort.skus)
    numbers = itertools.count()
    with bench.databases.migrated("sqlite") as url:
        stock.fill(url, skus)

        def taken(path: Path) -> imports.Imported:
            orders = [order(n, skus) for n in itertools.islice(numbers, bench.effort.bulk)]
            write = _write_workbook if path.suffix == ".xlsx" else _write_csv
            write(path, orders)
            return imports.run_import("orders", path, len(orders), url, "--yes")

        csv, workbook = bench.folder / "orders.csv", bench.folder / "orders.xlsx"
        texts, workbooks = [taken(csv)], list[imports.Imported]()
        for _ in range(bench.effort.rounds):
            workbooks.append(taken(workbook))
            texts.append(taken(csv))
    yield Table(
        "workbooks",
        "Lines per second through `allocation import` (in a new process, including its start).",
        tuple(_rows(texts, workbooks)),
    )


def _rows(
    texts: Sequence[imports.Imported], workbooks: Sequence[imports.Imported]
) -> Iterator[ImportedFile]:
    limits = [each.per_second for each in texts]
    for file, measured in (("CSV", texts), ("workbook", workbooks)):
        rates = [each.per_second for each in measured]
        spread, peak = Spread.of(rates), max(each.peak_mb for each in measured)
        progress.tell(f"{file}: {spread.median:,.0f}/s")
        ratio = None if measured is texts else between(rates, limits)
        bar = None if ratio is None else BAR
        met = "" if ratio is None else ("met" if ratio.median >= BAR else "NOT met")
        us = 1e6 / spread.median
        yield ImportedFile(file, measured[0].lines, spread, us, peak, ratio, bar, met)


def _write_csv(path: Path, orders: Sequence[Order]) -> None:
    imports.write(path, Order._fields, orders)


def _write_workbook(path: Path, orders: Sequence[Order]) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate((Order._fields, *orders)):
            sheet.write_row(number, 0, row)
