"""The cost of a correction by ten lines, by the number of lines of the batch or the queue."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from allocation.bootstrap import Application
from allocation.domain.events import BatchQuantityChanged
from benchmarks import progress, stock
from benchmarks.bench import Bench
from benchmarks.figures import Row, Spread, Table, between

TEN: Final = 10
CORRECTIONS: Final = 20
"""There and back, in one measurement."""


@dataclass(frozen=True, slots=True)
class Resized(Row):
    """One kind of correction."""

    correction: str
    database: str
    lines: int
    """That the batch has promised, or that wait."""
    per_second: Spread
    """Corrections; each moves ten lines."""
    ms: float
    """Milliseconds for one."""
    ratio: Spread | None
    """To the same with fewest lines, measured in turn with it."""


@dataclass
class _Sku:
    """A product whose batch is made ten smaller and ten larger, again and again."""

    application: Application
    name: str
    held: int
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"lose": [], "fill": []})

    def there_and_back(self, first: str, second: str) -> None:
        """Note what one correction took, each way."""
        spent = {"lose": 0.0, "fill": 0.0}
        for _ in range(CORRECTIONS):
            for way in (first, second):
                spent[way] += self._correct(-TEN if way == "lose" else TEN)
        for way, seconds in spent.items():
            self.seconds[way].append(CORRECTIONS / seconds)

    def _correct(self, by: int) -> float:
        self.held += by
        change = BatchQuantityChanged(stock.batch_of(self.name), self.held)
        start = time.perf_counter()
        answer = self.application.handle(change)
        spent = time.perf_counter() - start
        if answer.error is not None:
            raise answer.error
        return spent


def measure(bench: Bench) -> Iterator[Table]:
    """A batch that loses ten of its lines; a queue of which ten find room."""
    rows: list[Resized] = []
    for kind in bench.effort.databases:
        rows += _of(bench, kind, "lose ten", _with_lines)
        rows += _of(bench, kind, "fill ten", _with_a_queue)
    yield Table(
        "resize",
        "Corrections of a batch by ten lines, in one process without HTTP.",
        tuple(rows),
    )


def _of(
    bench: Bench, kind: str, correction: str, prepare: Callable[[Application, int], _Sku]
) -> list[Resized]:
    way, other = ("lose", "fill") if correction == "lose ten" else ("fill", "lose")
    with ExitStack() as stack:
        skus = {
            lines: prepare(stack.enter_context(bench.application(kind)), lines)
            for lines in bench.effort.resized
        }
        fewest, *more = skus
        for _ in range(bench.effort.rounds):
            for sku in skus.values():
                sku.there_and_back(way, other)
        skus[fewest].there_and_back(way, other)
    base = skus[fewest].seconds[way]
    rows = [_row(correction, kind, fewest, base, None)]
    for lines in more:
        rates = skus[lines].seconds[way]
        rows.append(_row(correction, kind, lines, rates, between(rates, base)))
    return rows


def _row(
    correction: str, kind: str, lines: int, rates: list[float], ratio: Spread | None
) -> Resized:
    per_second = Spread.of(rates)
    progress.tell(f"{correction} on {kind}, {lines:,} lines: {per_second.median:,.0f}/s")
    return Resized(correction, kind, lines, per_second, 1000 / per_second.median, ratio)


def _with_lines(application: Application, lines: int) -> _Sku:
    stock.sell_out(application.database, "LOSES", promised=lines, waiting=0)
    return _Sku(application, "LOSES", lines)


def _with_a_queue(application: Application, lines: int) -> _Sku:
    stock.sell_out(application.database, "FILLS", promised=TEN, waiting=lines)
    return _Sku(application, "FILLS", TEN)
