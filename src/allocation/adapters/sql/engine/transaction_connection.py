"""A connection as its driver gives it: the statements of a group go this way.

For the same statements SQLAlchemy takes several times as long as the database. It still
writes them, and keeps the connections.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import DBAPICursor

from allocation.adapters.sql.engine import opening, postgresql_settings
from allocation.adapters.sql.engine.compiled_query import CompiledQuery, converted
from allocation.adapters.sql.engine.data_version import DataVersion
from allocation.adapters.sql.engine.errors import translate_error
from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.sync_bridge import run_blocking

Rows = Sequence[tuple[Any, ...]]

_BEGIN: Final = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}
_BEGIN_SNAPSHOT: Final = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ",
}


class TransactionConnection:
    """One connection, opened when it is needed, and opened anew when it has failed.

    Raises:
        Conflict: somebody else has changed what is to be changed.
        StoreUnavailable: the database cannot be reached or written.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Any = None
        self._cursor: DBAPICursor | None = None
        self._pipelined: list[tuple[DBAPICursor, int | None]] | None = None
        self._begun = False
        self._failed = False
        self._commits = 0
        self.name = engine.dialect.name

    def begin(self, *, snapshot: bool) -> None:
        """Begin a transaction that writes; with `snapshot` it sees one throughout."""
        self._snapshot = snapshot
        statement = (_BEGIN_SNAPSHOT if snapshot else _BEGIN)[self.name]
        was_open = self._cursor is not None
        try:
            self._execute(statement)
        except StoreUnavailable as error:
            if self.name == "sqlite" and "locked" in str(error):
                run_blocking(partial(self._wait_for_the_file, statement))
            elif self.name == "postgresql" and was_open:
                # It was broken off while nobody used it, as when the server was restarted.
                self.close()
                self._execute(statement)
            else:
                raise
        self._begun, self._failed = True, False

    def state(self) -> DataVersion | None:
        """What the transaction finds; None where it cannot be told from another state."""
        if self.name != "sqlite":
            return None
        self._ensure_begun()
        with self._open_cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            return DataVersion(self._connection, cursor.fetchall()[0][0], self._commits)

    def _wait_for_the_file(self, statement: str) -> None:
        """SQLite waits on the spot, so not where it would hold up an event loop."""
        self._execute(f"PRAGMA busy_timeout = {opening.BUSY_TIMEOUT}")
        try:
            self._execute(statement)
        finally:
            self._execute("PRAGMA busy_timeout = 0")

    def fetch_all(
        self, compiled: CompiledQuery, parameters: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        """The rows of the answer."""
        self._ensure_begun()
        with self._open_cursor() as cursor:
            cursor.execute(compiled.statement, {**compiled.constants, **parameters})
            rows = cursor.fetchall()
        if compiled.conversions:
            return [converted(row, compiled.conversions) for row in rows]
        return rows  # type: ignore[return-value]

    def execute(self, statement: str, parameters: Any = (), *, rows: int | None = None) -> None:
        """Change something, and so many rows, if that is said.

        Raises:
            Conflict: it concerned another number of rows.
        """
        self._ensure_begun()
        with self._open_cursor() as cursor:
            if self._pipelined is None:
                cursor.execute(statement, parameters)
                _check(cursor, rows)
            else:
                another = self._connection.cursor()
                self._pipelined.append((another, rows))
                another.execute(statement, parameters)

    def execute_many(self, statement: str, values: Rows, *, rows: int | None = None) -> None:
        """The same for many values, as the driver does it."""
        self._ensure_begun()
        with self._open_cursor() as cursor:
            cursor.executemany(statement, values)
            _check(cursor, rows)

    @contextmanager
    def pipelined(self) -> Iterator[None]:
        """Let no `run` in here wait for its answer, if the driver can do without.

        What has become of them is told at the end.
        """
        if self.name != "postgresql":
            yield
            return
        self._ensure_begun()
        sent = self._pipelined = []
        connection = self._connection.driver_connection
        connection.ahead = True
        try:
            yield
            with self._open_cursor():
                connection.settle()
        finally:
            self._pipelined, connection.ahead = None, False
        for cursor, rows in sent:
            _check(cursor, rows)

    def commit(self) -> None:
        """Make it durable."""
        if not self._begun:
            return
        self._execute("COMMIT")
        # PostgreSQL takes COMMIT after an error for a ROLLBACK, and says no more than that.
        if getattr(self._cursor, "statusmessage", "COMMIT") != "COMMIT":
            raise StoreUnavailable("the transaction had failed before it was committed")
        self._commits += 1
        self._begun = False

    def rollback(self) -> None:
        """Take back what has not been committed; a connection that has failed is given up.

        The next one may lead to another server, which can be written.
        """
        if self._begun:
            self._begun = False
            if self._failed:
                self.close()
                return
            try:
                self._execute("ROLLBACK")
            except Exception:
                self.close()

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection, self._cursor = self._connection, None, None
        self._failed = False
        if connection is not None:
            with suppress(Exception):
                connection.invalidate()

    def _ensure_begun(self) -> None:
        if not self._begun:  # after a commit
            self.begin(snapshot=self._snapshot)

    def _execute(self, statement: str) -> None:
        with self._open_cursor() as cursor:
            cursor.execute(statement)

    @contextmanager
    def _open_cursor(self) -> Iterator[DBAPICursor]:
        try:
            if self._cursor is None:
                self._connection = run_blocking(self._engine.raw_connection)
                if self.name == "postgresql":
                    self._connection.driver_connection.autocommit = True  # BEGIN is said here
                    postgresql_settings.bound_waits(self._connection.driver_connection)
                self._cursor = self._connection.cursor()
                if self.name == "sqlite":
                    self._cursor.execute("PRAGMA busy_timeout = 0")  # see `begin`
            yield self._cursor
        except Exception as error:
            told = translate_error(error, self._engine)
            if told is None:
                raise
            self._failed |= isinstance(told, StoreUnavailable)
            raise told from error


def _check(cursor: DBAPICursor, rows: int | None) -> None:
    if rows is not None and cursor.rowcount != rows:
        raise Conflict(f"{cursor.rowcount} of {rows} rows are as they were read")
