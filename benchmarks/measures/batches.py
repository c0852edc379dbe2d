"""The cost of messages by the number of a product's batches and of its waiting quantities."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from sqlalchemy import text

from allocation.bootstrap import Application
from allocation.domain.events import AllocationRequired, BatchCreated, Event
from benchmarks import progress, stock
from benchmarks.bench import Bench
from benchmarks.figures import Row, Spread, Table, between, met

ROOM: Final = 200
"""Lines for which a new batch has room."""

_PRODUCT = text(
    "INSERT INTO products (sku, version_number, last_number, out_of_stock)"
    " VALUES (:sku, 1, 1000000, true)"
)
_BATCHES = text(
    "WITH RECURSIVE numbers(n) AS"
    " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)"
    " INSERT INTO batches"
    " (reference, sku, initial_quantity, purchased_quantity, allocated_quantity)"
    " SELECT :sku || '-' || (100000000 + n), :sku, 10, 10, 10 - :room FROM numbers"
)
_QUEUE = text(
    "INSERT INTO order_lines (sku, orderid, qty, position, state, least_room)"
    " VALUES (:sku, :orderid, :qty, :position, 'waiting', :qty)"
)


@dataclass(frozen=True, slots=True)
class BatchesRow(Row):
    """One kind of message, or of cascade."""

    about: str
    database: str
    many: int
    """Exhausted batches, batches before, different quantities, or batches with little room."""
    per_second: Spread
    """Messages, or lines of a cascade."""
    us: float
    """Microseconds for one."""
    ratio: Spread | None
    """Of the time to that with the fewest, measured in turn with it."""
    bar: float | None
    """The ratio that must not be exceeded, if there is one."""
    met: str | None
    """Whether it is not."""


def measure(bench: Bench) -> Iterator[Table]:
    """Each case with few and with many, in turn, in one database."""
    rows: list[BatchesRow] = []
    for kind in bench.effort.databases:
        for about, case in CASES.items():
            with bench.application(kind) as application:
                rows += _compared(bench, about, kind, case(application, bench.effort.many_batches))
    yield Table("batches", "Many batches of one sku, in one process without HTTP.", tuple(rows))


Case = dict[int, Callable[[], float]]
"""By how many there are, what measures once: the seconds for one message or line."""


def _compared(bench: Bench, about: str, kind: str, case: Case) -> list[BatchesRow]:
    (few, first), *others = case.items()
    seconds: dict[int, list[float]] = {many: [] for many in case}
    # A thousand lines take a fraction of a second: more rounds, less noise.
    rounds = bench.effort.rounds * (3 if about in (PROMISED, WITHOUT_ROOM) else 1)
    for _ in range(rounds):
        for many, once in case.items():
            seconds[many].append(once())
    seconds[few].append(first())
    rows = [_row(about, kind, few, seconds[few], None)]
    for many, _ in others:
        ratio = between(seconds[many], seconds[few])
        rows.append(_row(about, kind, many, seconds[many], ratio))
    return rows


def _row(
    about: str, kind: str, many: int, seconds: list[float], ratio: Spread | None
) -> BatchesRow:
    per_second = Spread.of([1 / one for one in seconds])
    us = 1e6 / per_second.median
    times = "" if ratio is None else f", {ratio.median:.2f} times as long as with few"
    progress.tell(f"{about} on {kind}, {many:,}: {us:,.0f} us{times}")
    bar = None if ratio is None else BARS.get(about)
    result = None if ratio is None or bar is None else met(ratio.median, bar)
    return BatchesRow(about, kind, many, per_second, us, ratio, bar, result)


def _promised(application: Application, many: int) -> Case:
    """A line that one open batch can hold, beside exhausted batches."""
    case = _by_exhausted(application, many)
    for exhausted in case:
        _handle(application, [BatchCreated(f"open-{exhausted}", _sku(exhausted), 10**6)])
    return case


def _by_exhausted(application: Application, many: int) -> Case:
    for exhausted in (1, many):
        _fill(application, _sku(exhausted), exhausted)
    stock.settle(application.database, "products, batches")
    return {n: _lines(application, _sku(n)) for n in (1, many)}


def _lines(application: Application, sku: str) -> Callable[[], float]:
    orders = count(1)

    def once() -> float:
        lines = [AllocationRequired(f"order-{next(orders)}", sku, 1) for _ in range(5 * ROOM)]
        return _handle(application, lines) / len(lines)

    return once


def _added(application: Application, many: int) -> Case:
    """A batch that is new, of a product that has few or many already; all of them are open."""
    few = max(many // 100, 2)
    batches = {sku: count(1) for sku in (_sku(few), _sku(many))}

    def add(sku: str, size: int) -> float:
        added = [BatchCreated(f"{sku}-{next(batches[sku])}", sku, 1) for _ in range(size)]
        return _handle(application, added) / size

    for size in (few, many):
        add(_sku(size), size)
    return {size: lambda size=size: add(_sku(size), few) for size in (few, many)}  # type: ignore[misc]  # of this turn


def _quantities(application: Application, many: int) -> Case:
    """Room for some lines, when `many` wait: all of one quantity, or each of its own."""
    one = [many] * many
    different = [1 + n * 7919 % many for n in range(many)]  # 7919 is a prime
    turns = count(1)

    def cascade(quantities: Sequence[int]) -> float:
        # Untouched each time: what is measured is the first reading of the queue.
        sku = f"SKU-{next(turns)}"
        _fill(application, sku, 1, queue=quantities)
        stock.settle(application.database, "products, batches, order_lines")
        qty = sum(quantities[:ROOM])
        return _handle(application, [BatchCreated(f"new-{sku}", sku, qty)]) / ROOM

    return {1: lambda: cascade(one), many: lambda: cascade(different)}


def _small_rooms(application: Application, many: int) -> Case:
    """A batch for all of `many` waiting lines of two, beside batches with room for one."""
    turns = count(1)

    def cascade(open_batches: int) -> float:
        sku = f"SKU-{next(turns)}"
        _fill(application, sku, open_batches, room=1, queue=[2] * many)
        stock.settle(application.database, "products, batches, order_lines")
        return _handle(application, [BatchCreated(f"new-{sku}", sku, 2 * many)]) / many

    return {size: lambda size=size: cascade(size) for size in (1, max(many // 10, 2))}  # type: ignore[misc]  # of this turn


PROMISED: Final = "a line that is promised, by exhausted batches"
WITHOUT_ROOM: Final = "a line without room, by exhausted batches"
QUANTITIES: Final = "a line that finds room, by waiting quantities"

BARS: Final = {PROMISED: 1.2, WITHOUT_ROOM: 1.2, QUANTITIES: 3.0}
"""How much longer it may take with many."""

CASES: Final[dict[str, Callable[[Application, int], Case]]] = {
    PROMISED: _promised,
    WITHOUT_ROOM: _by_exhausted,
    "a new batch, by batches": _added,
    QUANTITIES: _quantities,
    "a line that finds room, by batches that are too small": _small_rooms,
}


def _sku(many: int) -> str:
    return f"SKU-{many}"


def _fill(
    application: Application, sku: str, batches: int, *, room: int = 0, queue: Sequence[int] = ()
) -> None:
    lines = [
        {"sku": sku, "orderid": f"{sku}-{n}", "qty": qty, "position": n}
        for n, qty in enumerate(queue, start=1)
    ]
    with application.database.writing(patient=True) as connection:
        connection.execute(_PRODUCT, {"sku": sku})
        connection.execute(_BATCHES, {"sku": sku, "count": batches, "room": room})
        if lines:
            connection.execute(_QUEUE, lines)
        connection.commit()


def _handle(application: Application, events: Sequence[Event]) -> float:
    """Handle them and all that follows; the seconds that it took."""
    start = time.perf_counter()
    answers = application.handle_all(events)
    spent = time.perf_counter() - start
    for answer in answers:
        if answer.error is not None:
            raise answer.error
    return spent
