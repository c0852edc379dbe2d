"""What others meet while a correction moves very many lines, and the memory that this takes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from allocation.adapters.sql.engine.database import Database
from benchmarks import progress, stock
from benchmarks.bench import Bench
from benchmarks.children import ROOT, environment
from benchmarks.figures import Row, Spread, Table

HELD: Final = 10
SKU: Final = "MOVES"


@dataclass(frozen=True, slots=True)
class Cascaded(Row):
    """A batch that grows by so many waiting lines, and shrinks again."""

    database: str
    lines: int
    fill_seconds: float
    release_seconds: float
    idle_ms: float
    """The slowest of 1,000 requests of another caller while nothing else is done."""
    fill_wait_ms: float
    """The longest that the other caller waits while the lines are allocated."""
    release_wait_ms: float
    """The same while they are taken off."""
    memory_mb: float
    """Millions of bytes that the process had in memory at the most."""
    ratio: Spread
    """Of the memory to that with the fewest lines in the same database."""


def measure(bench: Bench) -> Iterator[Table]:
    """On both databases, with as many lines waiting whatever the number that moves."""
    rows: list[Cascaded] = []
    for kind in bench.effort.databases:
        with bench.databases.migrated(kind) as url:
            database = Database(url)
            stock.sell_out(database, SKU, promised=HELD, waiting=max(bench.effort.cascades))
            database.close()
            of_kind: list[Cascaded] = []
            for lines in bench.effort.cascades:
                of_kind.append(_cascaded(kind, url, lines, of_kind))
            rows += of_kind
    yield Table(
        "cascade",
        "A correction that moves many lines, and another caller, in one process without HTTP.",
        tuple(rows),
    )


def _cascaded(kind: str, url: str, lines: int, before: list[Cascaded]) -> Cascaded:
    command = [sys.executable, "-m", "benchmarks.cascading", url, SKU, str(HELD), str(lines)]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment({}), check=True, stdout=subprocess.PIPE, text=True
    )
    figures = json.loads(ended.stdout)
    memory = figures["memory"] / 1e6
    row = Cascaded(
        kind,
        lines,
        figures["fill_seconds"],
        figures["release_seconds"],
        figures["idle"],
        figures["fill"],
        figures["release"],
        memory,
        Spread.of([memory / (before[0].memory_mb if before else memory)]),
    )
    longest = max(row.fill_wait_ms, row.release_wait_ms)
    progress.tell(f"{lines:,} lines moving on {kind}: others wait {longest:,.0f} ms at the most")
    return row
