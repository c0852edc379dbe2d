"""What a key costs: the server's processor time per request, with a key and without keys."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from benchmarks import progress, stock
from benchmarks.bench import Bench
from benchmarks.children import Server
from benchmarks.effort import DATABASES
from benchmarks.figures import Row, Spread, Table, between, met
from benchmarks.loads import Measured, put, read

ROUNDS: Final = 7
BAR: Final = 1.05
"""A request with a key may cost so many times what it costs without keys."""

Request = Callable[[Server], Measured]


@dataclass(frozen=True, slots=True)
class Guarded(Row):
    """One request, on a server that has keys, and on one that has none."""

    request: str
    database: str
    clients: int
    per_second: Spread
    """With a key."""
    open_us: Spread
    """Microseconds of the server's processor time per answer, without keys."""
    key_us: Spread
    """The same with a key."""
    errors: int
    """Answers of both that were not expected."""
    ratio: Spread
    """Of the processor times."""
    bar: str
    """Whether the median ratio is at most 1.05."""


def measure(bench: Bench) -> Iterator[Table]:
    """Two servers of each database in turn."""
    rows, skus = list[Guarded](), stock.names(bench.effort.skus)
    clients = bench.effort.clients[-1]
    with ExitStack() as stack:
        for kind in DATABASES:
            servers = (
                stack.enter_context(bench.with_key(kind, skus)),
                stack.enter_context(bench.ours(kind, skus)),
            )
            requests: dict[str, Request] = {
                "POST /allocate": lambda server: put(server, bench.effort, skus, clients),
                "GET /batches": lambda server: read(
                    server, bench.effort, "/batches?limit=1", clients
                ),
            }
            for name, request in requests.items():
                rows.append(_compared(bench, name, kind, servers, request))
    yield Table(
        "access",
        "The server's processor time per request with a key, in turn with a server without keys.",
        tuple(rows),
    )


def _compared(
    bench: Bench, name: str, kind: str, servers: tuple[Server, Server], request: Request
) -> Guarded:
    guarded, unguarded = servers
    with_key, without = list[Measured](), list[Measured]()
    for _ in range(ROUNDS if bench.effort.rounds > 1 else 1):
        without.append(request(unguarded))
        with_key.append(request(guarded))
    without.append(request(unguarded))
    costs, others = [each.server_us for each in with_key], [each.server_us for each in without]
    ratio = between(costs, others)
    progress.tell(f"{name} with a key on {kind}: {ratio.median:.3f} times")
    return Guarded(
        request=name,
        database=kind,
        clients=bench.effort.clients[-1],
        per_second=Spread.of([each.per_second for each in with_key]),
        open_us=Spread.of(others),
        key_us=Spread.of(costs),
        errors=sum(each.tally.errors for each in (*with_key, *without)),
        ratio=ratio,
        bar=met(ratio.median, BAR),
    )
