"""Many lines at once: `allocation import`, and `POST /messages`."""

import http.client
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import msgspec

from benchmarks import children, imports, progress, stock
from benchmarks.bare import writers
from benchmarks.bare.rows import Order, order
from benchmarks.bench import Bench
from benchmarks.children import Server
from benchmarks.effort import DATABASES
from benchmarks.figures import Row, Spread, Table, between

BODY: Final = 1_000
"""Lines in one request."""

Take = Callable[[Sequence[Order]], float]
"""Has these lines allocated; how many a second that were."""


@dataclass(frozen=True, slots=True)
class Bulk(Row):
    """One way to bring many lines."""

    way: str
    database: str
    skus: int
    lines: int
    """In one file, or in the bodies that are posted one after another."""
    per_second: Spread
    us: float
    """Microseconds for one line."""
    ratio: Spread | None
    """To the bare limit on this database with as many skus, measured in turn with it."""


def measure(bench: Bench) -> Iterator[Table]:
    """On both databases, for many skus and for one."""
    rows: list[Bulk] = []
    for kind in DATABASES:
        for skus in (stock.names(bench.effort.skus), stock.names(1)):
            rows += _of(bench, kind, skus)
    yield Table(
        "bulk",
        "Lines per second through `allocation import` (in a new process, including its start)"
        " and `POST /messages`, and by hand in groups of 256.",
        tuple(rows),
    )


def _of(bench: Bench, kind: str, skus: list[str]) -> Iterator[Bulk]:
    orders = _orders(skus, bench.effort.bulk)
    with ExitStack() as stack:
        limit = _by_hand(stack.enter_context(writers.by_hand(bench.databases, kind, skus)))
        ways: dict[str, Take] = {
            "allocation import": stack.enter_context(_importing(bench, kind, skus)),
            "POST /messages": stack.enter_context(_posting(bench, kind, skus)),
        }
        limits, rates = [limit(next(orders))], {way: list[float]() for way in ways}
        for _ in range(bench.effort.rounds):
            for way, take in ways.items():
                rates[way].append(take(next(orders)))
            limits.append(limit(next(orders)))
    figures = {"by hand": limits, **rates}
    for way, measured in figures.items():
        spread = Spread.of(measured)
        progress.tell(f"{kind}, {len(skus)} skus, {way}: {spread.median:,.0f}/s")
        ratio = None if measured is limits else between(measured, limits)
        us = 1e6 / spread.median
        yield Bulk(way, kind, len(skus), bench.effort.bulk, spread, us, ratio)


def _orders(skus: Sequence[str], size: int) -> Iterator[list[Order]]:
    """Portions of orders that nobody has placed before."""
    numbers = itertools.count()
    while True:
        yield [order(number, skus) for number in itertools.islice(numbers, size)]


def _by_hand(write: writers.Write) -> Take:
    def take(orders: Sequence[Order]) -> float:
        start = perf_counter()
        for first in range(0, len(orders), writers.GROUP):
            write(orders[first : first + writers.GROUP])
        return len(orders) / (perf_counter() - start)

    return take


@contextmanager
def _importing(bench: Bench, kind: str, skus: list[str]) -> Iterator[Take]:
    with bench.databases.migrated(kind) as url:
        stock.fill(url, skus)
        path = bench.folder / f"orders-{kind}-{len(skus)}.csv"

        def take(orders: Sequence[Order]) -> float:
            lines = imports.write(path, Order._fields, orders)
            return imports.run_import("orders", path, lines, url).per_second

        yield take


@contextmanager
def _posting(bench: Bench, kind: str, skus: list[str]) -> Iterator[Take]:
    with bench.ours(kind, skus) as server:
        yield lambda orders: _post(server, orders)


def _post(server: Server, orders: Sequence[Order]) -> float:
    children.all_ready()
    messages = [{"type": "AllocationRequired", **order._asdict()} for order in orders]
    bodies = [
        msgspec.json.Encoder().encode_lines(messages[first : first + BODY])
        for first in range(0, len(messages), BODY)
    ]
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    start = perf_counter()
    answers = [_answered(connection, body) for body in bodies]
    seconds = perf_counter() - start
    connection.close()
    allocated = sum(answer.count(b'"allocated"') for answer in answers)
    if allocated != len(orders):
        raise RuntimeError(
            f"{allocated} of {len(orders)} lines were allocated: {answers[0][:300]!r}"
        )
    return len(orders) / seconds


def _answered(connection: http.client.HTTPConnection, body: bytes) -> bytes:
    connection.request("POST", "/messages", body)
    return connection.getresponse().read()
