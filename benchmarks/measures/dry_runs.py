"""A dry run compared with the message itself: one caller, the same message, in turn."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from statistics import median
from typing import Final

from allocation.bootstrap import Application
from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    Event,
)
from benchmarks import progress, stock
from benchmarks.bench import Bench
from benchmarks.figures import Row, Spread, Table, met

TIMES: Final = 50
BAR: Final = 1.2
"""A dry run may cost this many times the message itself."""

SKU: Final = "SKU"
TEN: Final = 10
LINES: Final = 1_000
OPEN_BATCHES: Final = 1_000
"""Batches with room, of the product that has many of them."""

Messages = Iterator[Event]


@dataclass(frozen=True, slots=True)
class Tried(Row):
    """One kind of message."""

    message: str
    database: str
    per_second: Spread
    """Dry runs."""
    ms: float
    """Milliseconds for a dry run, the median."""
    real_ms: float
    """The same for the message itself."""
    ratio: Spread | None
    """Of a dry run to the message that followed it."""
    bar: str
    """Whether the median ratio is at most 1.2."""


def measure(bench: Bench) -> Iterator[Table]:
    """The answer is made in both cases; the real message is on disk then."""
    kinds: dict[str, Callable[[Application], Messages]] = {
        "a line": _lines,
        f"a line, {OPEN_BATCHES} batches with room": _lines_of_many_batches,
        "a new batch": _batches,
        "a correction that moves ten lines": _corrections,
    }
    rows: list[Tried] = []
    for database in bench.effort.databases:
        for name, prepare in kinds.items():
            with ExitStack() as stack:
                application = stack.enter_context(bench.application(database))
                rows.append(_row(name, database, application, prepare(application)))
    about = "Dry runs in turn with the messages themselves, in one process without HTTP."
    yield Table("dry_runs", about, tuple(rows))


def _row(name: str, database: str, application: Application, messages: Messages) -> Tried:
    dry, real = list[float](), list[float]()
    _pair(application, next(messages))  # the first ones also compile the statements
    for _ in range(TIMES):
        tried, handled = _pair(application, next(messages))
        dry.append(tried)
        real.append(handled)
    ratios = Spread.of([one / other for one, other in zip(dry, real, strict=True)])
    progress.tell(f"dry run of {name} on {database}: {ratios.median:.2f} times the message")
    per_second = Spread.of([1 / seconds for seconds in dry])
    ms, real_ms = 1000 * median(dry), 1000 * median(real)
    return Tried(name, database, per_second, ms, real_ms, ratios, met(ratios.median, BAR))


def _pair(application: Application, event: Event) -> tuple[float, float]:
    """The seconds of a dry run, and of the same message afterwards."""
    registry = application.registry
    incoming = registry.incoming[registry.name(event)].as_incoming
    start = time.perf_counter()
    [answer] = application.dry_run([event])
    application.present_dry_run(incoming, event, answer)
    between = time.perf_counter()
    application.present(incoming, event, application.handle(event))
    return between - start, time.perf_counter() - between


def _lines(application: Application) -> Messages:
    application.handle(BatchCreated("b", SKU, 1_000_000))
    return (AllocationRequired(f"o{number}", SKU, 1) for number in count())


def _lines_of_many_batches(application: Application) -> Messages:
    batches = (BatchCreated(f"b{number}", SKU, 1_000) for number in range(OPEN_BATCHES))
    application.handle_all(batches)
    return (AllocationRequired(f"o{number}", SKU, 1) for number in count())


def _batches(application: Application) -> Messages:
    application.handle(BatchCreated("b", SKU, 1))
    return (BatchCreated(f"b{number}", SKU, 1) for number in count())


def _corrections(application: Application) -> Messages:
    stock.sell_out(application.database, SKU, promised=LINES, waiting=0)
    batch = stock.batch_of(SKU)
    return (
        BatchQuantityChanged(batch, LINES - (TEN if number % 2 == 0 else 0)) for number in count()
    )
