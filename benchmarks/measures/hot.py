"""One hot sku, requested by all clients, compared with many skus."""

from collections.abc import Iterator

from benchmarks import stock
from benchmarks.bench import Bench
from benchmarks.figures import Table, between
from benchmarks.loads import Measured, put
from benchmarks.served import Compared, Kind, Served, row


def measure(bench: Bench) -> Iterator[Table]:
    """Of the same database, with the most clients."""
    rows: list[Served] = []
    skus, clients = stock.names(bench.effort.skus), bench.effort.clients[-1]
    for kind in bench.effort.databases:
        spread, hot = list[Measured](), list[Measured]()
        with bench.ours(kind, skus) as server:
            for _ in range(bench.effort.rounds):
                spread.append(put(server, bench.effort, skus, clients))
                hot.append(put(server, bench.effort, skus[:1], clients))
            spread.append(put(server, bench.effort, skus, clients))
        ratio = between([m.per_second for m in hot], [m.per_second for m in spread])
        rows.append(row(Kind("allocation", kind, len(skus), clients), spread))
        compared = Compared(f"{len(skus):,} skus", ratio)
        rows.append(row(Kind("allocation", kind, 1, clients), hot, compared))
    yield Table("hot", "One hot sku compared with many, on `allocation serve`.", tuple(rows))
