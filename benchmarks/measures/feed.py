"""The feed: what followers cost those who write, when they get an event, and reading far back."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median
from typing import Final

from allocation.bootstrap import bootstrap, now
from allocation.config import Settings
from benchmarks import children, logged, progress, stock
from benchmarks.bench import Bench
from benchmarks.children import ROOT, Server
from benchmarks.effort import DATABASES
from benchmarks.figures import Row, Spread, Table, between, met
from benchmarks.loads import Measured, put

ROUNDS: Final = 7
FOLLOWERS: Final = 10
PAGE: Final = 1_000

COST_BAR: Final = 1.05
"""A request may cost so many times what it costs when nobody follows."""

DELAY_BAR: Final = 100.0
"""Milliseconds until half of the events have arrived."""

PAST_BAR: Final = 1.1
"""A page at the beginning of the log may take so many times as long as one at its end."""


@dataclass(frozen=True, slots=True)
class Followed(Row):
    """`POST /allocate` under full load on a server with ten followers, and on one without."""

    database: str
    clients: int
    per_second: Spread
    alone_us: Spread
    """Microseconds of the server's processor time per answer when nobody follows."""
    followed_us: Spread
    """The same with the followers."""
    errors: int
    ratio: Spread
    """Of the processor times."""
    bar: str
    """Whether the median ratio is at most 1.05."""
    events: int
    """That arrived at the follower that is timed."""
    p50_ms: Spread
    """From the acceptance of a message, so before the answer, to its arrival at a follower."""
    p99_ms: Spread
    delay_bar: str
    """Whether the median is at most 100 ms."""


@dataclass(frozen=True, slots=True)
class ReadBack(Row):
    """Pages of a thousand events at the beginning of a log, and at its end."""

    database: str
    messages: int
    per_second: Spread
    """Events at the beginning."""
    end_per_second: Spread
    ratio: Spread
    """Of the seconds that a page takes: at the beginning to at the end."""
    bar: str
    """Whether the median ratio is at most 1.1."""


def measure(bench: Bench) -> Iterator[Table]:
    """Two servers of each database in turn; then one with a long log."""
    yield Table(
        "feed",
        f"POST /allocate with {FOLLOWERS} followers (SSE), in turn with a server without any.",
        tuple(_followed(bench, kind) for kind in DATABASES),
    )
    yield Table(
        "cursors",
        f"GET /events?limit={PAGE} from the beginning of a log, in turn with its end.",
        tuple(_read_back(bench, kind) for kind in DATABASES),
    )


def _followed(bench: Bench, kind: str) -> Followed:
    skus, clients = stock.names(bench.effort.skus), bench.effort.clients[-1]
    followed, alone = list[Measured](), list[Measured]()
    delays = list[list[float]]()
    with bench.ours(kind, skus) as server, bench.ours(kind, skus) as other:
        children.all_ready()
        for _ in _rounds(bench):
            alone.append(put(other, bench.effort, skus, clients))
            with _followers(server) as arrived:
                followed.append(put(server, bench.effort, skus, clients))
            delays.append(arrived)
        alone.append(put(other, bench.effort, skus, clients))
    costs, others = [each.server_us for each in followed], [each.server_us for each in alone]
    ratio = between(costs, others)
    delay = Spread.of([median(each) for each in delays])
    progress.tell(f"followers on {kind}: {ratio.median:.3f} times, {delay.median:.0f} ms")
    return Followed(
        database=kind,
        clients=clients,
        per_second=Spread.of([each.per_second for each in followed]),
        alone_us=Spread.of(others),
        followed_us=Spread.of(costs),
        errors=sum(each.tally.errors for each in (*followed, *alone)),
        ratio=ratio,
        bar=met(ratio.median, COST_BAR),
        events=sum(map(len, delays)),
        p50_ms=delay,
        p99_ms=Spread.of([each[len(each) * 99 // 100] for each in delays]),
        delay_bar=met(delay.median, DELAY_BAR),
    )


def _rounds(bench: Bench) -> range:
    return range(ROUNDS if bench.effort.rounds > 1 else 1)


@contextmanager
def _followers(server: Server) -> Iterator[list[float]]:
    """Let ten clients follow; afterwards the list has the delays, in milliseconds, sorted."""
    arrived = list[float]()
    words = ("-m", "benchmarks.follow", str(server.port), str(FOLLOWERS))
    with subprocess.Popen(
        [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        if process.stdout is None or process.stdout.readline() != b"following\n":
            raise ValueError("the followers have not begun")
        yield arrived
        arrived += json.loads(process.communicate(timeout=children.TIMEOUT)[0])
    if not arrived:
        raise ValueError("no event has arrived")


def _read_back(bench: Bench, kind: str) -> ReadBack:
    count, first, last = bench.effort.logged, list[float](), list[float]()
    with ExitStack() as stack:
        url = stack.enter_context(bench.databases.migrated(kind))
        progress.tell(f"feed on {kind}: writing {count:,} messages")
        with closing(bootstrap(Settings(url))) as application:
            log = logged.fill(application.database, count, now())
        name = f"feed on {kind}"
        server = stack.enter_context(children.serving(name, children.OURS, url, bench.folder))
        children.all_ready()
        pages = min(50, count // PAGE - 1)
        for _ in _rounds(bench):
            last.append(_seconds(server, log, count - pages * PAGE, pages))
            first.append(_seconds(server, log, 0, pages))
        last.append(_seconds(server, log, count - pages * PAGE, pages))
    ratio = between(first, last)
    progress.tell(f"{name}: a page at the beginning takes {ratio.median:.2f} times as long")
    return ReadBack(
        database=kind,
        messages=count,
        per_second=Spread.of([PAGE / each for each in first]),
        end_per_second=Spread.of([PAGE / each for each in last]),
        ratio=ratio,
        bar=met(ratio.median, PAST_BAR),
    )


def _seconds(server: Server, log: str, after: int, pages: int) -> float:
    """The seconds for a page, the median of so many, one after the other."""
    times, cursor = list[float](), f"{log}-{after}"
    with closing(HTTPConnection("127.0.0.1", server.port)) as connection:
        for _ in range(pages):
            start = time.perf_counter()
            connection.request("GET", f"/events?limit={PAGE}&after={cursor}")
            body = connection.getresponse().read()
            times.append(time.perf_counter() - start)
            page = json.loads(body)
            if len(page.get("events", ())) != PAGE:
                raise ValueError(f"the feed was answered with {body[:200]!r}")
            cursor = page["next"]
    return median(times)
