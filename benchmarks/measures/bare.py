"""The bare limit of an allocation's rows, and how near `Application.handle_all` comes."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final

from sqlalchemy import func, select

from allocation.adapters.sql.database import Database
from allocation.adapters.sql.schema import messages, order_lines
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired
from benchmarks import progress, stock
from benchmarks.bare import postgresql, sqlite
from benchmarks.bare.rows import Book, Order
from benchmarks.bench import Bench
from benchmarks.effort import DATABASES
from benchmarks.figures import Row, Spread, Table, between

GROUP: Final = 256
"""Lines in one transaction; as many as the processor's bound."""


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


Write = Callable[[Sequence[Order]], None]
"""Writes these lines, one group and one commit."""


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
    with _by_hand(bench, kind, skus) as write, _by_us(bench, kind, skus) as handle:
        for _ in range(bench.effort.rounds):
            limit.append(orders.per_second(write, groups, GROUP))
            alone.append(orders.per_second(write, groups * 4, 1))
            ours.append(orders.per_second(handle, -(-groups // 4), GROUP))
        limit.append(orders.per_second(write, groups, GROUP))
        progress.tell(f"{kind}, {len(skus)} skus: by hand {limit[-1]:,.0f}/s, ours {ours[-1]:,.0f}")
    measured = (("by hand", 1, alone), ("allocation", GROUP, ours))
    first = Spread.of(limit)
    return [
        Written("by hand", kind, len(skus), GROUP, first, 1e6 / first.median, None),
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
        number = next(self._numbers)
        # A prime step: all skus in an order that is none.
        return Order(f"order-{number:08d}", self._skus[number * 7919 % len(self._skus)], 1)


@contextmanager
def _by_hand(bench: Bench, kind: str, skus: list[str]) -> Iterator[Write]:
    with bench.databases.migrated(kind) as url:
        stock.fill(url, skus)
        writer = {"sqlite": sqlite.Writer, "postgresql": postgresql.Writer}[kind](url)
        book, written = Book(), 0

        def write(orders: Sequence[Order]) -> None:
            nonlocal written
            writer.write(book.group(orders))
            written += len(orders)

        try:
            yield write
        finally:
            writer.close()
        _check(url, written)


@contextmanager
def _by_us(bench: Bench, kind: str, skus: list[str]) -> Iterator[Write]:
    with bench.databases.migrated(kind) as url:
        stock.fill(url, skus)
        application = bootstrap(Settings(url))
        handled = 0

        def handle(orders: Sequence[Order]) -> None:
            nonlocal handled
            for answer in application.handle_all([AllocationRequired(*order) for order in orders]):
                if answer.error is not None:
                    raise answer.error
            handled += len(orders)

        try:
            yield handle
        finally:
            application.close()
        _check(url, handled)


def _check(url: str, lines: int) -> None:
    """A limit counts only if all is there."""
    database = Database(url)
    with database.reading() as connection:
        for table, rows in ((order_lines, lines), (messages, 2 * lines)):
            found = connection.execute(select(func.count()).select_from(table)).scalar_one()
            if found != rows:
                raise RuntimeError(f"{found} rows in {table.name}, and not {rows}")
    database.close()
