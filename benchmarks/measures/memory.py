"""The memory of one process while it allocates many lines."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from benchmarks import progress, stock
from benchmarks.bench import Bench
from benchmarks.children import ROOT, environment
from benchmarks.figures import Row, Spread, Table

SKUS_EACH: Final = 50
"""Lines for each product, in all."""


@dataclass(frozen=True, slots=True)
class Held(Row):
    """After a tenth of the lines, two tenths, and so on."""

    lines: int
    memory_mb: float
    """Millions of bytes that the process has in memory."""
    per_second: Spread
    """Lines of this tenth."""
    ratio: Spread
    """Of the memory to that after the first tenth."""


def measure(bench: Bench) -> Iterator[Table]:
    """On SQLite."""
    lines = bench.effort.many
    skus = stock.names(lines // SKUS_EACH)
    rows: list[Held] = []
    with bench.databases.migrated("sqlite") as url:
        stock.fill(url, skus)
        command = [sys.executable, "-m", "benchmarks.allocating", url, str(lines), str(len(skus))]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment({}), stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                rows.append(_held(line, rows))
                last = rows[-1]
                progress.tell(f"memory after {last.lines:,} lines: {last.memory_mb:,.0f} MB")
    if process.returncode:
        raise RuntimeError(f"the process has failed with {process.returncode}")
    yield Table(
        "memory",
        f"Memory of one process that allocates lines of {len(skus):,} skus, on SQLite.",
        tuple(rows),
    )


def _held(line: str, before: list[Held]) -> Held:
    figures = json.loads(line)
    memory = figures["memory"] / 1e6
    first = before[0].memory_mb if before else memory
    rate = Spread.of([figures["per_second"]])
    return Held(figures["lines"], memory, rate, Spread.of([memory / first]))
