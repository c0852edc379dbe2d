"""The rate by the number of existing lines, which should make no difference."""

from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks import stock
from benchmarks.bench import Bench
from benchmarks.figures import Table, between
from benchmarks.loads import Measured, put
from benchmarks.served import Compared, Kind, Served, row


def measure(bench: Bench) -> Iterator[Table]:
    """A database for each length of history, all served at once, measured in turn."""
    rows: list[Served] = []
    for kind in bench.effort.databases:
        rows += _of(bench, kind)
    yield Table(
        "history", "The rate by existing lines per product, on `allocation serve`.", tuple(rows)
    )


def _of(bench: Bench, kind: str) -> list[Served]:
    effort = bench.effort
    clients, skus = effort.clients[-1], stock.names(effort.long_skus)
    none, *more = effort.histories
    measured: dict[int, list[Measured]] = {history: [] for history in effort.histories}
    with ExitStack() as stack:
        servers = {
            history: stack.enter_context(bench.ours(kind, skus, history)) for history in measured
        }
        for _ in range(effort.rounds):
            for history, server in servers.items():
                measured[history].append(put(server, effort, skus, clients))
        measured[none].append(put(servers[none], effort, skus, clients))
    without = [m.per_second for m in measured[none]]
    rows = [row(Kind("allocation", kind, len(skus), clients, none), measured[none])]
    for history in more:
        ratio = between([m.per_second for m in measured[history]], without)
        about = Kind("allocation", kind, len(skus), clients, history)
        rows.append(row(about, measured[history], Compared("no history", ratio)))
    return rows
