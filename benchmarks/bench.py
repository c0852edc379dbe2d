"""What every benchmark is given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import children, progress, stock
from benchmarks.children import Server
from benchmarks.databases import Databases
from benchmarks.effort import Effort
from benchmarks.figures import Table


@dataclass(frozen=True, slots=True)
class Bench:
    """How much to measure, and where."""

    effort: Effort
    databases: Databases
    folder: Path

    @contextmanager
    def ours(self, kind: str, skus: list[str], history: int = 0) -> Iterator[Server]:
        """`allocation serve` on a database of this kind, with stock and history."""
        name = f"allocation on {kind}" + (f" with {history:,} lines a sku" if history else "")
        with self.databases.migrated(kind) as url:
            if history * len(skus) > 100_000:
                progress.tell(f"{name}: writing {history * len(skus):,} lines")
            stock.fill(url, skus, history)
            with children.serving(name, children.OURS, url, self.folder) as server:
                yield server

    @contextmanager
    def ceiling(self, words: tuple[str, ...] = children.LITESTAR) -> Iterator[Server]:
        """A server that only speaks HTTP."""
        with (
            self.databases.empty("sqlite") as url,
            children.serving(f"ceiling ({words[-1]})", words, url, self.folder) as server,
        ):
            yield server


Measure = Callable[[Bench], Iterator[Table]]
"""A benchmark: gives its tables, each as soon as it is measured."""
