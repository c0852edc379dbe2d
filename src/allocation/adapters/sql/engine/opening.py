"""Opens a database: driver, connection settings and, for SQLite, the file."""

import time
from enum import Enum
from functools import partial
from typing import Any, Final

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPICursor

from allocation.adapters.sql.engine import postgresql_settings, urls
from allocation.adapters.sql.engine.database_file import DatabaseFile
from allocation.adapters.sql.engine.read_only_file import ReadOnlyFile
from allocation.adapters.sql.engine.sqlite_library import SQLITE, SQLiteLibrary

BUSY_TIMEOUT: Final = 10_000
"""How long SQLite waits for another process's transaction, in milliseconds."""

CACHE: Final = 49_152
"""The size of SQLite's page cache in kibibytes, for a connection that handles messages."""

READING_CACHE: Final = 8_192
"""The same for all other connections, which rarely read the same page again."""

PAGES_IN_WAL: Final = 16_384
"""The length of the write-ahead log, in pages of 4 kB, at which SQLite runs a checkpoint; a
long log saves copying a frequently changed page more than once."""

CONNECT_TIMEOUT: Final = 10
"""How long PostgreSQL may take to accept a connection, in seconds."""


class Access(Enum):
    """What a database is opened for."""

    WRITE = "write"
    READ = "read"
    """A SQLite file is not written, and no file is created beside it unless it has a log."""
    READ_AT_REST = "read at rest"
    """The same; a SQLite file that no process has open is read as an immutable file."""


SqliteFile = DatabaseFile | ReadOnlyFile


def open_engine(
    text: str,
    *,
    create: bool,
    access: Access,
    sqlite: SQLiteLibrary = SQLITE,
    file: SqliteFile | None = None,
) -> tuple[Engine, SqliteFile | None]:
    """Make SQLAlchemy's engine for a URL, and open the file of a SQLite database.

    With `create`, a missing file is created. With `file`, connections use a file that is open
    already: opening it a second time, and closing that, would release this process's locks.

    Raises:
        UnsupportedDatabase: the URL is neither SQLite's nor PostgreSQL's.
        UnsupportedSQLite: the library is too old.
        NotADatabase: the file is not a SQLite database.
        NoSuchDatabase: the directory does not exist; or the file does not, without `create`.
    """
    url = urls.parse(text)
    if url.drivername == urls.POSTGRESQL:
        return _postgresql(url), None
    sqlite.check()
    if file is None:
        urls.check_file(url, create=create)
        file = _file_of(url.database or "", create, access, sqlite)
    return _sqlite(url, file, sqlite), file


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_TIMEOUT}
    )

    postgresql_settings.bound_ping(engine.dialect)

    @event.listens_for(engine, "do_connect")
    def open_one(_dialect: Dialect, _record: object, args: Any, options: Any) -> Any:
        return postgresql_settings.connect(*args, **options)

    return engine


def _file_of(path: str, create: bool, access: Access, library: SQLiteLibrary) -> SqliteFile:
    connect = partial(library.dbapi.connect, uri=True, check_same_thread=False)
    if access is Access.WRITE:
        return DatabaseFile(path, connect, partial(_configure, library), create=create)
    return ReadOnlyFile(path, connect, at_rest=access is Access.READ_AT_REST)


def _sqlite(url: URL, file: SqliteFile, library: SQLiteLibrary) -> Engine:
    engine = create_engine(url, module=library.dbapi)

    @event.listens_for(engine, "do_connect")
    def open_one(*_: object) -> Any:
        return file.connect()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        kind = connection.get_execution_options().get("begins", "DEFERRED")
        if kind is not None:
            connection.exec_driver_sql(f"BEGIN {kind}")

    return engine


def _configure(library: SQLiteLibrary, connection: Any) -> None:
    connection.isolation_level = None  # the "begin" event above runs BEGIN
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
    _write_ahead(cursor, library)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA cache_size = -{READING_CACHE}")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {PAGES_IN_WAL}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _write_ahead(cursor: DBAPICursor, library: SQLiteLibrary) -> None:
    """Turn on WAL mode.

    If two processes do so to a new file at the same moment, SQLite refuses one of them at once,
    in spite of the busy timeout.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except library.dbapi.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
