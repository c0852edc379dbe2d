"""The benchmarks by name, in the order in which `make bench` runs them."""

from typing import Final

from benchmarks.bench import Measure
from benchmarks.measures import (
    allocate,
    bare,
    baseline,
    batches,
    bulk,
    cascade,
    dry_runs,
    explain,
    history,
    hot,
    http,
    memory,
    resize,
    tpch,
)

BENCHMARKS: Final[dict[str, Measure]] = {
    "bare": bare.measure,
    "bulk": bulk.measure,
    "tpch": tpch.measure,
    "memory": memory.measure,
    "http": http.measure,
    "allocate": allocate.measure,
    "hot": hot.measure,
    "history": history.measure,
    "resize": resize.measure,
    "batches": batches.measure,
    "cascade": cascade.measure,
    "dry_runs": dry_runs.measure,
    "explain": explain.measure,
    "baseline": baseline.measure,
}
