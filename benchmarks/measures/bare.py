"""The rate of writing an allocation's rows by hand, compared with `Application.handle_all`."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from benchmarks import progress, stock
from benchmarks.bare import writers
from benchmarks.bare.rows import Order, order
from benchmarks.bare.writers import Write
from benchmarks.bench import Bench
from benchmarks.effort import DATABASES
from benchmarks.figures import Row, Spread, Table, between


@dataclass(frozen=True, slots=True)
class Written(Row):
    """What one process wrote, without HTTP."""

    writer: str
    database: str
    skus: int
    lines_per_commit: int
    per_second: Spread
    """Lines, each with its two messages."""
    us: float
    """Microseconds for one line."""
    ratio: Spread | None
    """To the bare limit on this database with as many skus, measured in turn with it."""


def measure(bench: Bench) -> Iterator[Table]:
    """By hand in groups, by hand one by one, and by the application in groups."""
    rows: list[Written] = []
    for kind in DATABASES:
        for skus in (stock.names(bench.effort.skus), stock.names(1)):
            rows += _of(bench, kind, skus)
    yield Table(
        "bare",
        "Allocations per second in one process, without HTTP: the rows and look-ups by hand"
        " through the driver, and `Application.handle_all`.",
        tuple(rows),
    )


def _of(bench: Bench, kind: str, skus: list[str]) -> list[Written]:
    groups, orders = bench.effort.groups, _Orders(skus)
    limit, alone, ours = list[float](), list[float](), list[float]()
    with (
        writers.by_hand(bench.databases, kind, skus) as write,
        writers.by_us(bench.databases, kind, skus) as handle,
    ):
        for _ in range(bench.effort.rounds):
            limit.append(orders.per_second(write, groups, writers.GROUP))
            alone.append(orders.per_second(write, groups * 4, 1))
            ours.append(orders.per_second(handle, -(-groups // 4), writers.GROUP))
        limit.append(orders.per_second(write, groups, writers.GROUP))
        progress.tell(f"{kind}, {len(skus)} skus: by hand {limit[-1]:,.0f}/s, ours {ours[-1]:,.0f}")
    measured = (("by hand", 1, alone), ("allocation", writers.GROUP, ours))
    first = Spread.of(limit)
    return [
        Written("by hand", kind, len(skus), writers.GROUP, first, 1e6 / first.median, None),
        *(
            Written(
                writer,
                kind,
                len(skus),
                lines,
                Spread.of(rates),
                1e6 / Spread.of(rates).median,
                between(rates, limit),
            )
            for writer, lines, rates in measured
        ),
    ]


class _Orders:
    """Orders that nobody has placed before."""

    def __init__(self, skus: Sequence[str]) -> None:
        self._skus = skus
        self._numbers = count()

    def per_second(self, write: Write, groups: int, size: int) -> float:
        """How fast so many groups of this size are written; orders are made beforehand."""
        batches = [[self._next() for _ in range(size)] for _ in range(groups)]
        start = time.perf_counter()
        for orders in batches:
            write(orders)
        return groups * size / (time.perf_counter() - start)

    def _next(self) -> Order:
        return order(next(self._numbers), self._skus)
