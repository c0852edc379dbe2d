"""The history of one order, with few and with many lines of other orders on record."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Final

from sqlalchemy import text

from allocation.bootstrap import Application
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    OrderLineShipped,
)
from benchmarks import progress, stock
from benchmarks.bench import Bench
from benchmarks.figures import Row, Spread, Table, between, met

TIMES: Final = 200
"""Queries in one measurement."""

BAR: Final = 1.2
"""With many other lines, it may cost this many times what it costs with few."""

SKU: Final = "CHAI"
ORDER: Final = "order-5"
LIFE: Final = (
    AllocationRequired(ORDER, SKU, 12),
    BatchCreated("b1", SKU, 20),
    BatchQuantityChanged("b1", 5, "leak in the roof"),
    BatchCreated("b2", SKU, 20),
    OrderLineShipped(ORDER, SKU),
)
ENTRIES: Final = 7
"""It waits, is allocated, loses its batch and its promise, gets both again, and is shipped."""

# Each line was announced, and allocated at once: the two messages that this leaves in the log.
_MESSAGES: Final = text(
    "WITH RECURSIVE numbers(n) AS"
    " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :lines)"
    " INSERT INTO messages (id, type, body, correlation_id, causation_id, at, status, attempts)"
    " SELECT 'm-' || n || suffix, type, replace(body, '?', '' || (100000000 + n)), 'm-' || n,"
    " CASE WHEN suffix = '' THEN NULL ELSE 'm-' || n END, '2026-11-29 10:00:00', 'handled', 0"
    " FROM numbers CROSS JOIN ("
    " SELECT '' AS suffix, 'AllocationRequired' AS type,"
    ' \'{"orderid"\\:"old-?","sku"\\:"CHAI","qty"\\:1}\' AS body'
    " UNION ALL SELECT '-a', 'Allocated',"
    ' \'{"orderid"\\:"old-?","sku"\\:"CHAI","qty"\\:1,"batchref"\\:"b1"}\''
    " ) AS kinds ORDER BY n, suffix"
)


@dataclass(frozen=True, slots=True)
class Explained(Row):
    """One database, and a number of other lines on record."""

    database: str
    lines: int
    """Of other orders."""
    per_second: Spread
    us: float
    """Microseconds for a history, the median."""
    ratio: Spread | None
    """To the time with few other lines."""
    bar: str | None
    """Whether the median ratio is at most 1.2."""


def measure(bench: Bench) -> Iterator[Table]:
    """The same order in two databases, in turn; each history is read in a new transaction."""
    rows: list[Explained] = []
    for kind in ("sqlite", "postgresql"):
        rows += _of(bench, kind)
    about = "The history of an order of one line that was moved and shipped, by other lines."
    yield Table("explain", about, tuple(rows))


def _of(bench: Bench, kind: str) -> Iterator[Explained]:
    few, many = bench.effort.explained
    seconds: dict[int, list[float]] = {few: [], many: []}
    with ExitStack() as stack:
        applications = {n: stack.enter_context(bench.application(kind)) for n in seconds}
        for lines, application in applications.items():
            progress.tell(f"explain on {kind}: writing {lines:,} lines")
            _fill(application, lines)
        for _ in range(bench.effort.rounds + 2):
            for lines, application in applications.items():
                seconds[lines].append(_once(application))
        seconds[few].append(_once(applications[few]))
    ratio = between(seconds[many], seconds[few])
    progress.tell(f"explain on {kind}: {ratio.median:.2f} times with {many:,} other lines")
    yield _row(kind, few, seconds[few], None)
    yield _row(kind, many, seconds[many], ratio)


def _row(kind: str, lines: int, seconds: list[float], ratio: Spread | None) -> Explained:
    per_second = Spread.of([1 / each for each in seconds])
    bar = None if ratio is None else met(ratio.median, BAR)
    return Explained(kind, lines, per_second, 1e6 * median(seconds), ratio, bar)


def _fill(application: Application, lines: int) -> None:
    stock.sell_out(application.database, SKU, promised=lines, waiting=0)
    with application.database.writing(patient=True) as connection:
        connection.execute(_MESSAGES, {"lines": lines})
        connection.commit()
    for event in LIFE:
        application.handle(event)
    stock.settle(application.database, "products, batches, order_lines, messages")


def _once(application: Application) -> float:
    """Seconds for a history, the median of many."""
    times = list[float]()
    for _ in range(TIMES):
        start = time.perf_counter()
        page = application.views.histories.page(ORDER)
        times.append(time.perf_counter() - start)
        if page is None or len(page.entries) != ENTRIES:
            raise ValueError(f"The history is {page}")
    return median(times)
