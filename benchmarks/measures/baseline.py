"""A plain service written the chapter's way, compared with this one."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from benchmarks import stock
from benchmarks.bench import Bench
from benchmarks.effort import DATABASES, Comparison
from benchmarks.figures import Spread, Table
from benchmarks.loads import Measured, put
from benchmarks.served import Compared, Kind, Served, row


def measure(bench: Bench) -> Iterator[Table]:
    """Both with the same products and lines from before, with the most clients."""
    rows: list[Served] = []
    for kind in DATABASES:
        for comparison in bench.effort.comparisons:
            rows += _of(bench, kind, comparison)
    yield Table(
        "baseline",
        "`allocation serve` compared with the plain baseline on the same server and database,"
        " with the same existing lines: ours, baseline, ours. Errors are the baseline's requests"
        " that conflicted with another one on the same product and are not retried; they are"
        " counted as errors/s, not as successes.",
        tuple(rows),
    )


def _of(bench: Bench, kind: str, comparison: Comparison) -> list[Served]:
    effort, skus, history = bench.effort, stock.names(comparison.skus), comparison.history
    clients, seconds = effort.clients[-1], comparison.seconds
    ours, plain = list[Measured](), list[Measured]()
    with bench.ours(kind, skus, history) as server, bench.baseline(kind, skus, history) as baseline:
        for _ in range(comparison.rounds):
            ours.append(put(server, effort, skus, clients))
            plain.append(put(baseline, effort, skus, clients, seconds=seconds))
        ours.append(put(server, effort, skus, clients))
    about = (kind, len(skus), clients, history)
    compared = _faster(ours, plain)
    return [row(Kind("baseline", *about), plain), row(Kind("allocation", *about), ours, compared)]


def _faster(ours: Sequence[Measured], plain: Sequence[Measured]) -> Compared | None:
    """The rate of this service relative to the baseline; None if the baseline never succeeds."""
    if not all(measured.per_second for measured in plain):
        return None
    around = zip(pairwise(ours), plain, strict=True)
    ratios = [(a.per_second + b.per_second) / 2 / c.per_second for (a, b), c in around]
    return Compared("baseline", Spread.of(ratios))
