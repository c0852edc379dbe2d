"""`POST /allocate` on a real `allocation serve`, against an endpoint on the same fast path."""

from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks import children, stock
from benchmarks.bench import Bench
from benchmarks.children import Server
from benchmarks.effort import DATABASES
from benchmarks.figures import Table, between
from benchmarks.loads import Measured, put
from benchmarks.served import Compared, Kind, Served, row


def measure(bench: Bench) -> Iterator[Table]:
    """As fast as it goes, and then at half of that."""
    top: list[Served] = []
    half: list[Served] = []
    skus = stock.names(bench.effort.skus)
    with ExitStack() as stack:
        ceiling = stack.enter_context(bench.ceiling(children.FAST_PATH))
        servers = {kind: stack.enter_context(bench.ours(kind, skus)) for kind in DATABASES}
        for kind, server in servers.items():
            for clients in bench.effort.clients:
                top += _sequentially(bench, kind, skus, clients, (server, ceiling))
            half.append(_at_half(bench, kind, skus, server, top[-1]))
    yield Table(
        "allocate",
        "POST /allocate on `allocation serve`; each client sends a request when it has received the"
        " previous answer. The ceiling is an endpoint on the same fast path that only reads the"
        " body and answers; it is measured before and after each round.",
        tuple(top),
    )
    yield Table(
        "allocate at half",
        "Requests on a schedule at half of that rate; a request is timed from its scheduled"
        " time. The client checks the schedule every millisecond.",
        tuple(half),
    )


def _sequentially(
    bench: Bench, kind: str, skus: list[str], clients: int, servers: tuple[Server, Server]
) -> list[Served]:
    server, ceiling = servers
    reached, possible = list[Measured](), list[Measured]()
    for _ in range(bench.effort.rounds):
        possible.append(put(ceiling, bench.effort, skus, clients))
        reached.append(put(server, bench.effort, skus, clients))
    possible.append(put(ceiling, bench.effort, skus, clients))
    ratio = between([m.per_second for m in reached], [m.per_second for m in possible])
    return [
        row(Kind("ceiling", None, len(skus), clients), possible),
        row(Kind("allocation", kind, len(skus), clients), reached, Compared("ceiling", ratio)),
    ]


def _at_half(bench: Bench, kind: str, skus: list[str], server: Server, top: Served) -> Served:
    rate = max(top.per_second.median / 2, 1.0)  # a crowded machine may have answered none in time
    rounds = [
        put(server, bench.effort, skus, top.clients, rate=rate) for _ in range(bench.effort.rounds)
    ]
    return row(Kind("allocation", kind, len(skus), top.clients, offered=rate), rounds)
