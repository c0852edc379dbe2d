"""The ceiling of HTTP: the same server and client, with an endpoint that only answers."""

from collections.abc import Iterator

from benchmarks import children, stock
from benchmarks.bench import Bench
from benchmarks.children import Server
from benchmarks.figures import Table, between
from benchmarks.loads import Measured, put
from benchmarks.served import Compared, Kind, Served, row


def measure(bench: Bench) -> Iterator[Table]:
    """With Litestar, on the fast path past it, and as a plain ASGI function."""
    with (
        bench.ceiling(children.LITESTAR) as litestar,
        bench.ceiling(children.FAST_PATH) as fast_path,
        bench.ceiling(children.ASGI) as plain,
    ):
        framed = {"Litestar": litestar, "fast path": fast_path}
        rows: list[Served] = []
        for clients in bench.effort.clients:
            rows += _of(bench, plain, framed, clients)
    yield Table(
        "http",
        "POST /allocate that only reads its body and answers, on the HTTP server of `allocation"
        " serve`.",
        tuple(rows),
    )


def _of(bench: Bench, plain: Server, framed: dict[str, Server], clients: int) -> list[Served]:
    bare: list[Measured] = []
    reached: dict[str, list[Measured]] = {name: [] for name in framed}
    for _ in range(bench.effort.rounds):
        bare.append(put(plain, bench.effort, SKUS, clients))
        for name, server in framed.items():
            reached[name].append(put(server, bench.effort, SKUS, clients))
    bare.append(put(plain, bench.effort, SKUS, clients))
    rows = [row(Kind("plain ASGI", None, len(SKUS), clients), bare)]
    for name, rounds in reached.items():
        ratio = between([m.per_second for m in rounds], [m.per_second for m in bare])
        compared = Compared("plain ASGI", ratio)
        rows.append(row(Kind(name, None, len(SKUS), clients), rounds, compared))
    return rows


SKUS = stock.names(1000)
