"""Fresh databases on a real disk."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from allocation.bootstrap import upgrade
from allocation.config import Settings
from benchmarks import postgres, progress
from benchmarks.postgres import Postgres


class Databases:
    """SQLite files in a folder, and databases on a server that is started when needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)
        self._postgres: Postgres | None = None
        self._until_the_end = ExitStack()

    def __enter__(self) -> "Databases":
        return self

    def __exit__(self, *_: object) -> None:
        self._until_the_end.close()

    @property
    def postgres(self) -> Postgres:
        """The server."""
        if self._postgres is None:
            progress.tell("PostgreSQL: starting a server")
            server = postgres.running_server(self.folder / "postgresql")
            self._postgres = self._until_the_end.enter_context(server)
        return self._postgres

    @contextmanager
    def empty(self, kind: str) -> Iterator[str]:
        """The URL of a database without tables, gone afterwards."""
        if kind == "postgresql":
            with self.postgres.empty() as url:
                yield url
            return
        folder = self.folder / f"sqlite-{next(self._numbers)}"
        folder.mkdir()
        try:
            yield f"sqlite:///{folder / 'bench.db'}"
        finally:
            shutil.rmtree(folder)

    @contextmanager
    def migrated(self, kind: str) -> Iterator[str]:
        """The URL of a database with the application's tables."""
        with self.empty(kind) as url:
            upgrade(Settings(url))
            yield url
