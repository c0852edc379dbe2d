"""The benchmarks by name, in the order in which `make bench` runs them."""

from collections.abc import Iterator
from importlib import import_module
from typing import Final

from benchmarks.bench import Bench
from benchmarks.figures import Table

BENCHMARKS: Final = (
    *("bare", "bulk", "tpch", "memory", "http", "allocate", "hot", "history", "resize"),
    *(
        "batches",
        "cascade",
        "dry_runs",
        "explain",
        "lists",
        "workbooks",
        "access",
        "feed",
        "board",
        "baseline",
    ),
)
"""The names; each is that of a module in `measures`."""


def measure(name: str, bench: Bench) -> Iterator[Table]:
    """Run a benchmark. Its module is imported only now: `compare` runs with older checkouts."""
    tables: Iterator[Table] = import_module(f"benchmarks.measures.{name}").measure(bench)
    return tables
