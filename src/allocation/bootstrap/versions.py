"""The versions of the program, and of what it runs on."""

import platform
from dataclasses import dataclass
from importlib.metadata import version
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

import psycopg

from allocation.adapters.sql.engine import urls
from allocation.adapters.sql.engine.sqlite_library import SQLITE
from allocation.config import Settings
from allocation.messaging.database_errors import UnsupportedDatabase

TIMEOUT: Final = 1.0
"""How long to wait for a PostgreSQL server, in seconds."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions, as texts.

    Attributes:
        allocation: this program's.
        python: the interpreter's.
        sqlite: the SQLite library's, with the package that has it.
        postgresql_client: that of PostgreSQL's client library, libpq.
        postgresql_server: the server's, if the database is PostgreSQL and answers within a second.
    """

    allocation: str
    python: str
    sqlite: str
    postgresql_client: str
    postgresql_server: str | None


def versions(settings: Settings) -> Versions:
    """The versions in use; a database that cannot be reached is no error."""
    return Versions(
        version("allocation"),
        platform.python_version(),
        str(SQLITE).removeprefix("SQLite "),
        _dotted(psycopg.pq.version()),
        _server_version(settings.database_url),
    )


def _server_version(database_url: str) -> str | None:
    """The version of the PostgreSQL server; None for SQLite, and without an answer in time."""
    try:
        url = urls.parse(database_url)
    except UnsupportedDatabase:
        return None
    if url.drivername != urls.POSTGRESQL:
        return None
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    answer = SimpleQueue[str | None]()

    def connect() -> None:
        try:
            with psycopg.connect(conninfo) as connection:
                answer.put(connection.info.parameter_status("server_version"))
        except psycopg.Error:
            answer.put(None)

    # In a thread, since looking up a host, too, may take long.
    Thread(target=connect, name="server version", daemon=True).start()
    try:
        return answer.get(timeout=TIMEOUT)
    except Empty:
        return None


def _dotted(number: int) -> str:
    """The version that libpq gives as a number, such as 180001 for 18.1."""
    return f"{number // 10_000}.{number % 10_000}"
