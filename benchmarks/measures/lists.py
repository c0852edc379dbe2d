"""A page of every list, with few and with many rows; and a whole list over HTTP."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median
from typing import Any, Final

import psutil  # type: ignore[import-untyped]  # comes without types

from allocation.bootstrap import Application, bootstrap
from allocation.config import Settings
from allocation.views import LISTS, Listing
from benchmarks import children, listed, progress
from benchmarks.bench import Bench
from benchmarks.children import Server
from benchmarks.figures import Row, Spread, Table, between, met

TIMES: Final = 200
BAR: Final = 1.5
"""A page may cost so many times what it costs with few rows."""

MEMORY_BAR: Final = 1.1
"""The same of the memory of a server that streams a whole list."""

PART: Final = "batch-0-SKU-10"
"""The prefix of a part of the batches: of a million, ten thousand."""


@dataclass(frozen=True, slots=True)
class Paged(Row):
    """A page of a list in an order."""

    list: str
    sort: str
    database: str
    lines: int
    """Order lines, and batches, on record."""
    per_second: Spread
    us: float
    """Microseconds for a page of a hundred rows, the median."""
    ratio: Spread | None
    """To the time with few rows."""
    bar: str | None
    """Whether the median ratio is at most 1.5."""


@dataclass(frozen=True, slots=True)
class Streamed(Row):
    """A whole list as CSV over HTTP."""

    database: str
    rows: int
    per_second: Spread
    """Rows."""
    memory_mb: float
    """The most that the server had in memory, in millions of bytes."""
    ratio: Spread | None
    """Of the memory to that with fewer rows."""
    bar: str | None
    """Whether the ratio is at most 1.1."""


def measure(bench: Bench) -> Iterator[Table]:
    """Two databases in turn; then a server of the one with many rows."""
    pages, streams = list[Paged](), list[Streamed]()
    for kind in ("sqlite", "postgresql"):
        with ExitStack() as stack:
            urls = [stack.enter_context(bench.databases.migrated(kind)) for _ in range(2)]
            pages += _pages(bench, kind, urls, stack)
            streams += _streams(bench, kind, urls[1])
    yield Table("lists", "A page of a hundred rows of each list, by rows on record.", tuple(pages))
    yield Table("streams", "The list of batches as CSV over HTTP.", tuple(streams))


def _pages(bench: Bench, kind: str, urls: list[str], stack: ExitStack) -> Iterator[Paged]:
    few, many = bench.effort.listed
    applications = {}
    for lines, url in zip((few, many), urls, strict=True):
        progress.tell(f"lists on {kind}: writing {lines:,} lines and batches")
        application = stack.enter_context(closing(bootstrap(Settings(url))))
        applications[lines] = application
        listed.fill(application.database, lines, application.today())
    for listing in LISTS:
        for sort in listing.sorts:
            seconds: dict[int, list[float]] = {few: [], many: []}
            for _ in range(bench.effort.rounds):
                for lines, application in applications.items():
                    seconds[lines].append(_once(bench, application, listing, sort))
            seconds[few].append(_once(bench, applications[few], listing, sort))
            ratio = between(seconds[many], seconds[few])
            progress.tell(f"list {listing.name} by {sort} on {kind}: {ratio.median:.2f} times")
            for lines, others in ((few, None), (many, ratio)):
                yield _row(listing.name, sort, kind, lines, seconds[lines], others)


def _row(
    name: str, sort: str, kind: str, lines: int, seconds: list[float], ratio: Spread | None
) -> Paged:
    per_second = Spread.of([1 / each for each in seconds])
    bar = None if ratio is None else met(ratio.median, BAR)
    return Paged(name, sort, kind, lines, per_second, 1e6 * median(seconds), ratio, bar)


def _once(bench: Bench, application: Application, listing: Listing[Any], sort: str) -> float:
    """Seconds for a page, the median of many."""
    times, today = list[float](), application.today()
    for _ in range(TIMES if bench.effort.rounds > 1 else TIMES // 10):
        start = time.perf_counter()
        page = application.views.lists.page(listing, today, sort=sort)
        times.append(time.perf_counter() - start)
        if not page.rows:
            raise ValueError(f"the list of {listing.name} is empty")
    return median(times)


def _streams(bench: Bench, kind: str, url: str) -> Iterator[Streamed]:
    few: Streamed | None = None
    with children.serving(f"lists on {kind}", children.OURS, url, bench.folder) as server:
        children.all_ready()
        for query in (f"?ref_prefix={PART}", ""):
            seconds, rows, memory = _stream(server, query)
            ratio = None if few is None else Spread.of([memory / few.memory_mb])
            bar = None if ratio is None else met(ratio.median, MEMORY_BAR)
            rate = Spread.of([rows / seconds])
            streamed = Streamed(kind, rows, rate, memory, ratio, bar)
            progress.tell(f"{rows:,} rows as CSV on {kind}: {rate.median:,.0f}/s, {memory:,.0f} MB")
            few = few or streamed
            yield streamed


def _stream(server: Server, query: str) -> tuple[float, int, float]:
    """The seconds, the number of rows, and the most memory of the server."""
    process = psutil.Process(server.process.pid)
    connection = HTTPConnection("127.0.0.1", server.port)
    start, rows, memory = time.perf_counter(), -1, 0.0
    connection.request("GET", f"/batches{query}", headers={"Accept": "text/csv"})
    response = connection.getresponse()
    while part := response.read(1 << 20):
        rows += part.count(b"\n")
        memory = max(memory, process.memory_info().rss / 1e6)
    seconds = time.perf_counter() - start
    connection.close()
    if response.status != 200:
        raise ValueError(f"the list was answered with {response.status}")
    return seconds, rows, memory
