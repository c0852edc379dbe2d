"""What the board costs: its pages on a large database, and open boards beside allocations."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

from allocation.bootstrap import bootstrap, now
from allocation.config import Settings
from benchmarks import boards, children, listed, logged, progress, stock
from benchmarks.bench import Bench
from benchmarks.children import ROOT, Server
from benchmarks.effort import DATABASES
from benchmarks.figures import Row, Spread, Table, between, met
from benchmarks.loads import Measured, put, read

ROUNDS: Final = 7
BOARDS: Final = 10

PAGE_BAR: Final = 1.5
"""A page may cost so many times what it costs with few products."""

COST_BAR: Final = 1.05
"""A request may cost so many times what it costs when no board is open."""

DELAY_BAR: Final = 1_000.0
"""Milliseconds until a change is on a page."""

PAGES: Final = {
    "now": "/",
    "shipments": "/board/shipments",
    "search": "/board/search?q=SKU-10005",
    "stock": "/board/stock",
    "stock by prefix": "/board/stock?sku_prefix=SKU-10005",
    "stock that is available": "/board/stock?state=available",
    "product": "/board/stock/SKU-100050",
    "batch": "/board/batches/batch-8-SKU-100050",
    "preview": "/board/preview/change_batch_quantity?ref=batch-8-SKU-100050&qty=9",
}
"""The pages that are measured, each a line; every database has these names."""


@dataclass(frozen=True, slots=True)
class Shown(Row):
    """A page of the board, as a browser asks for it first."""

    page: str
    database: str
    skus: int
    lines: int
    per_second: Spread
    server_us: float
    """Microseconds of the server's processor time, the median of the rounds."""
    errors: int
    ratio: Spread | None
    """To the processor time with few products."""
    bar: str | None
    """Whether the median ratio is at most 1.5."""


@dataclass(frozen=True, slots=True)
class Beside(Row):
    """`POST /allocate` under full load on a server with ten open boards, and on one without."""

    database: str
    clients: int
    per_second: Spread
    alone_per_second: Spread
    alone_us: Spread
    """Microseconds of the server's processor time per answer when no board is open."""
    watched_us: Spread
    """The same with the boards, whose own requests are not counted as answers."""
    errors: int
    ratio: Spread
    """Of the processor times."""
    bar: str
    """Whether the median ratio is at most 1.05."""
    reads: int
    """How often the boards have read their pages."""
    failures: int
    """How often without success."""
    delay_ms: Spread
    """Medians of the rounds: from the request for a change to the page that shows it."""
    delay_p99_ms: Spread
    delay_bar: str
    """Whether the 99th percentile is less than a second in the median round."""


def measure(bench: Bench) -> Iterator[Table]:
    """Two servers of each database in turn, twice."""
    shown = [row for kind in bench.effort.board_databases for row in _pages(bench, kind)]
    yield Table("pages", "Pages of the board, by products on record.", tuple(shown))
    yield Table(
        "boards",
        f"POST /allocate with {BOARDS} open boards, in turn with a server without any.",
        tuple(_beside(bench, kind) for kind in DATABASES),
    )


def _pages(bench: Bench, kind: str) -> Iterator[Shown]:
    few, many = bench.effort.boards
    with ExitStack() as stack:
        servers = {lines: stack.enter_context(_filled(bench, kind, lines)) for lines in (few, many)}
        children.all_ready()
        for name, path in PAGES.items():
            measured: dict[int, list[Measured]] = {few: [], many: []}
            for server in servers.values():
                read(server, bench.effort, path, 1)  # the first one compiles the template
            for _ in range(bench.effort.rounds):
                for lines, server in servers.items():
                    measured[lines].append(read(server, bench.effort, path, 1))
            measured[few].append(read(servers[few], bench.effort, path, 1))
            costs = {lines: [each.server_us for each in measured[lines]] for lines in measured}
            ratio = between(costs[many], costs[few])
            progress.tell(f"page {name} on {kind}: {ratio.median:.2f} times")
            for lines, others in ((few, None), (many, ratio)):
                yield _row(name, kind, lines, measured[lines], others)


def _row(name: str, kind: str, lines: int, measured: list[Measured], ratio: Spread | None) -> Shown:
    return Shown(
        page=name,
        database=kind,
        skus=lines // listed.EACH,
        lines=lines,
        per_second=Spread.of([each.per_second for each in measured]),
        server_us=median(each.server_us for each in measured),
        errors=sum(each.tally.errors for each in measured),
        ratio=ratio,
        bar=None if ratio is None else met(ratio.median, PAGE_BAR),
    )


@contextmanager
def _filled(bench: Bench, kind: str, lines: int) -> Iterator[Server]:
    """A server with so many lines, as many batches and messages, and a tenth of products."""
    with bench.databases.migrated(kind) as url:
        progress.tell(f"board on {kind}: writing {lines:,} lines, batches and messages")
        with closing(bootstrap(Settings(url))) as application:
            listed.fill(application.database, lines, application.today())
            logged.fill(application.database, lines, now())
        name = f"board on {kind} with {lines:,} lines"
        with children.serving(name, children.OURS, url, bench.folder) as server:
            yield server


def _beside(bench: Bench, kind: str) -> Beside:
    skus, clients = stock.names(bench.effort.skus), bench.effort.clients[-1]
    watched, alone = list[Measured](), list[Measured]()
    opened = list[dict[str, list[float]]]()
    with bench.ours(kind, skus) as server, bench.ours(kind, skus) as other:
        children.all_ready()
        for _ in range(ROUNDS if bench.effort.rounds > 1 else 1):
            alone.append(put(other, bench.effort, skus, clients))
            with _open_boards(server) as figures:
                watched.append(put(server, bench.effort, skus, clients))
            opened.append(figures)
        alone.append(put(other, bench.effort, skus, clients))
    costs, others = [each.server_us for each in watched], [each.server_us for each in alone]
    ratio, delays = between(costs, others), [each["delays"] for each in opened if each["delays"]]
    worst = Spread.of([each[len(each) * 99 // 100] for each in delays])
    progress.tell(f"boards on {kind}: {ratio.median:.3f} times, {worst.median:.0f} ms")
    return Beside(
        database=kind,
        clients=clients,
        per_second=Spread.of([each.per_second for each in watched]),
        alone_per_second=Spread.of([each.per_second for each in alone]),
        alone_us=Spread.of(others),
        watched_us=Spread.of(costs),
        errors=sum(each.tally.errors for each in (*watched, *alone)),
        ratio=ratio,
        bar=met(ratio.median, COST_BAR),
        reads=sum(int(each["reads"][0]) for each in opened),
        failures=sum(int(each["failures"][0]) for each in opened),
        delay_ms=Spread.of([median(each) for each in delays]),
        delay_p99_ms=worst,
        delay_bar=met(worst.median, DELAY_BAR),
    )


@contextmanager
def _open_boards(server: Server) -> Iterator[dict[str, list[float]]]:
    """Let boards be open; afterwards the dictionary has the reads and the delays."""
    figures = dict[str, list[float]]()
    words = ("-m", boards.__name__, str(server.port), str(BOARDS))
    with subprocess.Popen(
        [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        if process.stdout is None or process.stdout.readline() != b"open\n":
            raise ValueError("the boards have not opened")
        yield figures
        output = json.loads(process.communicate(timeout=children.TIMEOUT)[0])
    counts = {name: [output[name]] for name in ("reads", "failures")}
    figures |= {**counts, "delays": output["delays"]}
    if not output["delays"]:
        raise ValueError("no change has reached a board")
