"""The delay of other callers while a correction moves very many lines, and its memory."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.postgresql_settings import STATEMENT_TIMEOUT
from benchmarks import progress, stock
from benchmarks.bench import Bench
from benchmarks.children import ROOT, environment
from benchmarks.figures import Row, Spread, Table, met

WAIT_MS: Final = 250.0
"""The longest permitted wait of another caller in milliseconds, on a fast machine."""
TIMES_IDLE: Final = 5
"""The same on a slower machine, in multiples of the slowest request of an idle server."""
MEMORY: Final = 1.2
"""The bar: the memory with the most lines, in multiples of that with the fewest."""
ANSWER_SECONDS: Final = STATEMENT_TIMEOUT
"""The bar of the answer and of a page of its moves: PostgreSQL gives a statement as long."""
HELD: Final = 10
SKU: Final = "MOVES"


@dataclass(frozen=True, slots=True)
class Cascaded(Row):
    """A batch that grows by so many waiting lines, and shrinks again; as many move to another."""

    database: str
    lines: int
    fill_seconds: float
    release_seconds: float
    move_seconds: float
    idle_ms: float
    """The slowest of 1,000 requests of another caller while nothing else is done."""
    fill_wait_ms: float
    """The longest that the other caller waits while the lines are allocated."""
    release_wait_ms: float
    """The same while they are taken off."""
    move_wait_ms: float
    """The same while they move from one batch to another."""
    wait_bar_ms: float
    wait: str
    """Whether all waits are within the bar."""
    answer_seconds: float
    """To present the answer of a correction, once the cascade is over; the longest of the three."""
    page_seconds: float
    """To list the lines left waiting; the longest of the three."""
    answer: str
    """Whether both are within the bar, which is the timeout of a statement."""
    memory_mb: float
    """Millions of bytes that the process had in memory at the most."""
    ratio: Spread
    """Of the memory to that with the fewest lines in the same database."""
    memory_bar: float
    memory: str
    """Whether the ratio is within the bar."""


def measure(bench: Bench) -> Iterator[Table]:
    """On both databases, with as many lines waiting whatever the number that moves."""
    rows: list[Cascaded] = []
    for kind in bench.effort.databases:
        with bench.databases.migrated(kind) as url:
            database = Database(url)
            stock.sell_out(database, SKU, promised=HELD, waiting=max(bench.effort.cascades))
            database.close()
            # The most first: so both find the pages of a large database in memory.
            most_first = sorted(bench.effort.cascades, reverse=True)
            figures = {lines: _measured(kind, url, lines) for lines in most_first}
            fewest = figures[min(figures)]
            rows += [_row(kind, lines, figures[lines], fewest) for lines in bench.effort.cascades]
    yield Table(
        "cascade",
        "A correction that moves many lines, and another caller, in one process without HTTP.",
        tuple(rows),
    )


def _measured(kind: str, url: str, lines: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.cascading", url, SKU, str(HELD), str(lines)]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment({}), check=True, stdout=subprocess.PIPE, text=True
    )
    figures: dict[str, float] = json.loads(ended.stdout)
    wait = _longest_wait(figures)
    progress.tell(f"{lines:,} lines moving on {kind}: others wait {wait:,.0f} ms at the most")
    return figures


def _longest_wait(figures: dict[str, float]) -> float:
    return max(figures[way] for way in ("fill", "release", "move"))


def _row(kind: str, lines: int, figures: dict[str, float], fewest: dict[str, float]) -> Cascaded:
    bar = max(WAIT_MS, TIMES_IDLE * figures["idle"])
    ratio = figures["memory"] / fewest["memory"]
    return Cascaded(
        kind,
        lines,
        figures["fill_seconds"],
        figures["release_seconds"],
        figures["move_seconds"],
        figures["idle"],
        figures["fill"],
        figures["release"],
        figures["move"],
        bar,
        met(_longest_wait(figures), bar),
        figures["answer_seconds"],
        figures["page_seconds"],
        met(max(figures["answer_seconds"], figures["page_seconds"]), ANSWER_SECONDS),
        figures["memory"] / 1e6,
        Spread.of([ratio]),
        MEMORY,
        met(ratio, MEMORY),
    )
