"""`python -m benchmarks.compare CHECKOUT [NAME ...]`: this code, in turn with another checkout's.

The benchmarks are this checkout's; each run is done by the Python of one of the two, in which
`allocation` is installed (`make install`). A ratio is to the mean of the runs around it.
"""

import argparse
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import progress, tables
from benchmarks.children import ROOT
from benchmarks.figures import Row, Spread, Table, between

PYTHON: Final = Path(".venv/bin/python")
KEY: Final = ("server", "way", "database", "skus", "clients")
"""The columns by which a row of one run is found again in the next."""

Figures = dict[str, float]
"""Rates per second, by what they are rates of."""


@dataclass(frozen=True, slots=True)
class Ratio(Row):
    """One figure of both."""

    figure: str
    here_per_second: Spread
    there_per_second: Spread
    ratio: Spread


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure both in turn, and print how they compare."""
    asked = _parser().parse_args(arguments)
    names = asked.names or ["allocate", "bulk"]
    words = [*names, "--quick" if asked.quick else "--short", "--json"]
    there = [_run(asked.checkout, words)]
    here: list[Figures] = []
    for number in range(1, asked.rounds + 1):
        here.append(_run(ROOT, words))
        there.append(_run(asked.checkout, words))
        progress.tell(f"round {number} of {asked.rounds}")
    rows = tuple(_ratios(here, there))
    about = f"Lines per second here and in {asked.checkout.name}, and the ratio of the two."
    print(tables.as_text(Table("compare", about, rows)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("checkout", type=Path, help="a checkout with its own .venv")
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks: allocate bulk")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="only check that it works")
    return parser


def _run(checkout: Path, words: Sequence[str]) -> Figures:
    command = [str(checkout.absolute() / PYTHON), "-m", "benchmarks", *words]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return dict(_figures(json.loads(done.stdout)))


def _figures(results: dict[str, Any]) -> Iterator[tuple[str, float]]:
    tables = (table for of_one in results["benchmarks"].values() for table in of_one)
    for table in tables:
        for row in table["rows"]:
            named = [str(row[column]) for column in KEY if row.get(column) is not None]
            yield " ".join([table["name"], *named]), row["per_second"]["median"]


def _ratios(here: Sequence[Figures], there: Sequence[Figures]) -> Iterator[Ratio]:
    for figure in here[0]:
        ours, theirs = [run[figure] for run in here], [run[figure] for run in there]
        yield Ratio(figure, Spread.of(ours), Spread.of(theirs), between(ours, theirs))


if __name__ == "__main__":
    main()
