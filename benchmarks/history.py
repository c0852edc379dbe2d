"""What a message costs, by how many lines its product has already.

The baseline is the same work on a product without history, measured in the same run.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from allocation.bootstrap import Application, bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged, Event

HISTORIES: Final = (0, 1_000, 10_000, 100_000)
"""Lines that the product has before the measurement."""

LINES: Final = 2_000
"""Lines allocated in each measurement."""

SHRINK: Final = 10
"""Lines that a batch loses in each measurement."""

SKU: Final = "RED-CHAIR"


@dataclass(frozen=True, slots=True)
class Figures:
    """Raw figures for one length of history."""

    history: int
    allocations_per_second: float
    milliseconds_to_lose_ten_lines: float


def measure() -> Iterator[Figures]:
    """The figures, for one history after another, each on a SQLite file of its own."""
    for history in HISTORIES:
        with TemporaryDirectory() as folder:
            application = bootstrap(Settings(f"sqlite:///{Path(folder) / 'bench.db'}"))
            try:
                yield _measure(application, history)
            finally:
                application.close()


def _measure(application: Application, history: int) -> Figures:
    held = history + LINES
    _handle(application, [BatchCreated("B1", SKU, held)])
    _handle(application, [AllocationRequired(f"old-{n}", SKU, 1) for n in range(history)])
    new = [AllocationRequired(f"new-{n}", SKU, 1) for n in range(LINES)]
    allocating = _seconds(application, new)
    losing = _seconds(application, [BatchQuantityChanged("B1", held - SHRINK)])
    return Figures(history, round(LINES / allocating, 1), round(1000 * losing, 2))


def _seconds(application: Application, events: Sequence[Event]) -> float:
    start = time.perf_counter()
    _handle(application, events)
    return time.perf_counter() - start


def _handle(application: Application, events: Sequence[Event]) -> None:
    for answer in application.handle_all(events):
        if answer.error is not None:
            raise answer.error
