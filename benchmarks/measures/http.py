"""The ceiling of HTTP: the same server and client, and nothing behind them."""

from collections.abc import Iterator

from benchmarks import children, stock
from benchmarks.bench import Bench
from benchmarks.figures import Table, between
from benchmarks.loads import put
from benchmarks.served import Compared, Kind, Served, row


def measure(bench: Bench) -> Iterator[Table]:
    """With Litestar, and as a plain ASGI function on the same server."""
    with bench.ceiling() as litestar, bench.ceiling(children.ASGI) as plain:
        rows: list[Served] = []
        for clients in bench.effort.clients:
            bare, framed = [], []
            for _ in range(bench.effort.rounds):
                bare.append(put(plain, bench.effort, SKUS, clients))
                framed.append(put(litestar, bench.effort, SKUS, clients))
            bare.append(put(plain, bench.effort, SKUS, clients))
            ratio = between([m.per_second for m in framed], [m.per_second for m in bare])
            rows.append(row(Kind("plain ASGI", None, len(SKUS), clients), bare))
            compared = Compared("plain ASGI", ratio)
            rows.append(row(Kind("Litestar", None, len(SKUS), clients), framed, compared))
    yield Table(
        "http",
        "POST /allocate that reads its body and answers at once: the server of `allocation"
        " serve` with nothing behind it.",
        tuple(rows),
    )


SKUS = stock.names(1000)
