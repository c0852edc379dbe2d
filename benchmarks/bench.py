"""What every benchmark is given."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from allocation.bootstrap import Application, bootstrap
from allocation.config import Settings
from benchmarks import children, progress, stock
from benchmarks.baseline import stock as baseline
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
        name = _name("allocation", kind, skus, history)
        with self.databases.migrated(kind) as url:
            stock.fill(url, skus, history)
            with children.serving(name, children.OURS, url, self.folder) as server:
                yield server

    @contextmanager
    def with_key(self, kind: str, skus: list[str]) -> Iterator[Server]:
        """The same, with an access key that all requests have."""
        with self.databases.migrated(kind) as url:
            stock.fill(url, skus)
            key = children.new_key(url)
            name = f"allocation on {kind} with a key"
            limits = {"ALLOCATION_MAX_KEY_RATE": "1000000"}
            with children.serving(name, children.OURS, url, self.folder, **limits) as server:
                server.key = key
                yield server

    @contextmanager
    def application(self, kind: str) -> Iterator[Application]:
        """Our own application in this process, on an empty database of this kind."""
        with (
            self.databases.migrated(kind) as url,
            closing(bootstrap(Settings(url))) as application,
        ):
            yield application

    @contextmanager
    def ceiling(self, words: tuple[str, ...]) -> Iterator[Server]:
        """A server that only speaks HTTP."""
        with (
            self.databases.empty("sqlite") as url,
            children.serving(f"ceiling ({words[-1]})", words, url, self.folder) as server,
        ):
            yield server

    @contextmanager
    def baseline(self, kind: str, skus: list[str], history: int) -> Iterator[Server]:
        """The baseline on a database of this kind, with the same stock and history."""
        name = _name("baseline", kind, skus, history)
        with self.databases.empty(kind) as url, self.databases.empty("sqlite") as unused:
            baseline.fill(url, skus, history)
            with children.serving(
                name, children.BASELINE, unused, self.folder, BASELINE_URL=url
            ) as server:
                yield server


def _name(server: str, kind: str, skus: list[str], history: int) -> str:
    """What the server is called; told if it takes a while to write its lines."""
    name = f"{server} on {kind}" + (f" with {history:,} lines a sku" if history else "")
    if history * len(skus) > 100_000:
        progress.tell(f"{name}: writing {history * len(skus):,} lines")
    return name


Measure = Callable[[Bench], Iterator[Table]]
"""A benchmark: gives its tables, each as soon as it is measured."""
