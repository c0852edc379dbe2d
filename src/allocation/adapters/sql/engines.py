"""How a database is opened: which driver, and with which settings."""

import time
from enum import Enum
from functools import partial
from typing import Any, Final

import pysqlite3.dbapi2
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

from allocation.adapters.sql import connection as connection_to
from allocation.adapters.sql import urls
from allocation.adapters.sql.database_file import DatabaseFile
from allocation.adapters.sql.read_only_file import ReadOnlyFile

DBAPI: Final[Any] = pysqlite3.dbapi2
"""The driver of SQLite."""

BUSY_TIMEOUT: Final = 10_000
"""Milliseconds for which SQLite waits for another process to finish its transaction."""

CACHE: Final = 65_536
"""Kibibytes of a SQLite file that are kept in memory."""

PAGES_IN_WAL: Final = 16_384
"""Pages (of 4 kB) after which SQLite moves what is in the write-ahead log into the file: a
page that is changed often moves once."""

CONNECT_TIMEOUT: Final = 10
"""Seconds for which PostgreSQL may take to accept a connection."""

POSTGRESQL_SETTINGS: Final = {
    # All that we ask goes by a key that has an index, however the tables have grown and
    # whatever the statistics say: the planner has nothing to weigh.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
    "plan_cache_mode": "force_generic_plan",
    # A process that is stopped in the middle of a group must not hold up the others.
    "idle_in_transaction_session_timeout": "'10s'",
}


class Access(Enum):
    """What a database is opened for."""

    WRITE = "write"
    READ = "read"
    """A SQLite file is not written, nor anything made beside it, unless a log lies there."""
    READ_AT_REST = "read at rest"
    """The same; if nobody has the SQLite file open, it is read as one that does not change."""


SqliteFile = DatabaseFile | ReadOnlyFile


def open_engine(text: str, *, create: bool, access: Access) -> tuple[Engine, SqliteFile | None]:
    """SQLAlchemy's engine for a URL, and the file of SQLite.

    The file is made where there is none, if it may be.

    Raises:
        UnsupportedDatabase: it is neither SQLite's nor PostgreSQL's.
        NotADatabase: the file holds something else.
        FileNotFoundError: there is no such folder; or no such file, and it is not to be made.
    """
    url = urls.parse(text)
    if url.drivername == urls.POSTGRESQL:
        return _postgresql(url), None
    urls.check_file(url, create=create)
    return _sqlite(url, access)


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_TIMEOUT}
    )

    @event.listens_for(engine, "do_connect")
    def open_one(_dialect: Dialect, _record: object, args: Any, options: Any) -> Any:
        return connection_to.connect(*args, **options)

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for name, value in POSTGRESQL_SETTINGS.items():
            cursor.execute(f"SET {name} = {value}")
        cursor.close()
        connection.commit()

    return engine


# Else the driver looks for a way to adapt every None that it is given, and makes two error
# messages of not having found any: five times what it takes to bind one.
pysqlite3.dbapi2.register_adapter(type(None), lambda nothing: nothing)


def _sqlite(url: URL, access: Access) -> tuple[Engine, SqliteFile]:
    # The interpreter's own SQLite is often older than 3.51.3, and can then corrupt a
    # database in WAL mode; pysqlite3 bundles a current one.
    engine = create_engine(url, module=pysqlite3.dbapi2)
    connect = partial(pysqlite3.dbapi2.connect, uri=True, check_same_thread=False)
    path = url.database or ""
    file: SqliteFile
    if access is Access.WRITE:
        file = DatabaseFile(path, connect, _configure)
    else:
        file = ReadOnlyFile(path, connect, at_rest=access is Access.READ_AT_REST)

    @event.listens_for(engine, "do_connect")
    def open_one(*_: object) -> Any:
        return file.connect()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        kind = connection.get_execution_options().get("begins", "DEFERRED")
        if kind is not None:
            connection.exec_driver_sql(f"BEGIN {kind}")

    return engine, file


def _configure(connection: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event says BEGIN, above
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA cache_size = -{CACHE}")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {PAGES_IN_WAL}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _write_ahead(cursor: DBAPICursor) -> None:
    """Turn WAL mode on.

    Of two processes that do so to a new file at the same moment, SQLite refuses one at
    once, whatever the busy timeout.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except pysqlite3.dbapi2.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
