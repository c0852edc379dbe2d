"""A connection that runs the statements of a group directly on the database driver.

Executing them through SQLAlchemy would take several times as long as the database itself.
SQLAlchemy still compiles them and pools the connections.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from typing import Any, Final, NoReturn

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import DBAPICursor

from allocation.adapters.sql.engine import opening
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
_BEGIN_READING: Final = {"sqlite": "BEGIN", "postgresql": "BEGIN READ ONLY"}
_BEGIN_READING_SNAPSHOT: Final = {
    "sqlite": "BEGIN",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}


class TransactionConnection:
    """A connection for messages and dry runs, opened on first use and reopened after a failure.

    Every method that runs a statement raises the same errors.

    Raises:
        Conflict: another transaction has changed the same rows.
        StoreUnavailable: the database cannot be reached or written.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Any = None
        self._cursor: Any = None
        self._pipelined: list[tuple[DBAPICursor, int | None]] | None = None
        self._begun = False
        self._failed = False
        self._commits = 0
        self.name = engine.dialect.name

    def begin(self, *, snapshot: bool) -> None:
        """Begin a write transaction; with `snapshot`, it sees one state of the database."""
        self._snapshot = snapshot
        self._begin((_BEGIN_SNAPSHOT if snapshot else _BEGIN)[self.name])

    def begin_reading(self, *, snapshot: bool = True) -> None:
        """Begin a transaction that locks nothing; with `snapshot`, it sees one state throughout."""
        self._begin((_BEGIN_READING_SNAPSHOT if snapshot else _BEGIN_READING)[self.name])

    def _begin(self, statement: str) -> None:
        was_open = self._cursor is not None
        try:
            self._execute(statement)
        except StoreUnavailable as error:
            if self.name == "sqlite" and "locked" in str(error):
                run_blocking(partial(self._wait_for_the_file, statement))
            elif self.name == "postgresql" and was_open:
                # The connection broke while it was idle, for example in a restart of the server.
                self.close()
                self._execute(statement)
            else:
                raise
        self._begun, self._failed = True, False

    def state(self) -> DataVersion | None:
        """The version of the database that the transaction sees; None on PostgreSQL."""
        if self.name != "sqlite":
            return None
        cursor = self._cursor if self._begun else self._begin_again()
        try:
            cursor.execute("PRAGMA data_version")
            [(others,)] = cursor.fetchall()
        except Exception as error:
            self._raise(error)
        return DataVersion(self._connection, others, self._commits)

    def _wait_for_the_file(self, statement: str) -> None:
        """Wait for SQLite's lock; SQLite blocks the thread, so this must not be an event loop's."""
        self._execute(f"PRAGMA busy_timeout = {opening.BUSY_TIMEOUT}")
        try:
            self._execute(statement)
        finally:
            self._execute("PRAGMA busy_timeout = 0")

    def fetch_all(
        self, compiled: CompiledQuery, parameters: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        """Run a query, and return its rows."""
        cursor = self._cursor if self._begun else self._begin_again()
        try:
            cursor.execute(compiled.statement, {**compiled.constants, **parameters})
            rows = cursor.fetchall()
        except Exception as error:
            self._raise(error)
        if compiled.conversions:
            return [converted(row, compiled.conversions) for row in rows]
        return rows  # type: ignore[return-value]

    def execute(self, statement: str, parameters: Any = (), *, rows: int | None = None) -> None:
        """Run a statement that writes; with `rows`, it must affect this number of rows.

        Raises:
            Conflict: it affected another number of rows.
        """
        cursor = self._cursor if self._begun else self._begin_again()
        try:
            if self._pipelined is not None:
                cursor = self._connection.cursor()
                self._pipelined.append((cursor, rows))
            cursor.execute(statement, parameters)
        except Exception as error:
            self._raise(error)
        if rows is not None and self._pipelined is None and cursor.rowcount != rows:
            raise _row_count_conflict(cursor, rows)

    def execute_many(self, statement: str, values: Rows, *, rows: int | None = None) -> None:
        """Run a statement once for each of many rows, with the driver's `executemany`."""
        cursor = self._cursor if self._begun else self._begin_again()
        try:
            cursor.executemany(statement, values)
        except Exception as error:
            self._raise(error)
        if rows is not None and cursor.rowcount != rows:
            raise _row_count_conflict(cursor, rows)

    def pipelined(self) -> AbstractContextManager[None]:
        """Send statements without waiting for their results, on PostgreSQL.

        Errors, and wrong numbers of rows, are raised at the end of the block.
        """
        return self._sent_ahead() if self.name == "postgresql" else nullcontext()

    @contextmanager
    def _sent_ahead(self) -> Iterator[None]:
        if not self._begun:
            self._begin_again()
        sent = self._pipelined = []
        connection = self._connection.driver_connection
        connection.ahead = True
        try:
            yield
            try:
                connection.settle()
            except Exception as error:
                self._raise(error)
        finally:
            self._pipelined, connection.ahead = None, False
        for cursor, rows in sent:
            if rows is not None and cursor.rowcount != rows:
                raise _row_count_conflict(cursor, rows)

    def commit(self) -> None:
        """Commit the transaction durably."""
        if not self._begun:
            return
        self._execute("COMMIT")
        # After an error, PostgreSQL answers COMMIT with ROLLBACK and raises nothing.
        if getattr(self._cursor, "statusmessage", "COMMIT") != "COMMIT":
            raise StoreUnavailable("the transaction had failed before it was committed")
        self._commits += 1
        self._begun = False

    def rollback(self) -> None:
        """Roll back what has not been committed; close a connection that has failed.

        The next connection may reach another server, one that accepts writes.
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
        self._begun = self._failed = False
        if connection is not None:
            with suppress(Exception):
                connection.invalidate()

    def _begin_again(self) -> DBAPICursor:
        """Begin another transaction after a commit."""
        self.begin(snapshot=self._snapshot)
        cursor: DBAPICursor = self._cursor
        return cursor

    def _execute(self, statement: str) -> None:
        try:
            if self._cursor is None:
                self._open()
            self._cursor.execute(statement)
        except Exception as error:
            self._raise(error)

    def _open(self) -> None:
        self._connection = run_blocking(self._engine.raw_connection)
        if self.name == "postgresql":
            self._connection.driver_connection.autocommit = True  # `begin` sends BEGIN itself
        self._cursor = self._connection.cursor()
        if self.name == "sqlite":
            self._cursor.execute("PRAGMA busy_timeout = 0")  # see `begin`
            self._cursor.execute(f"PRAGMA cache_size = -{opening.CACHE}")

    def _raise(self, error: Exception) -> NoReturn:
        """Raise a driver's error translated, and any other error unchanged."""
        translated = translate_error(error, self._engine)
        if translated is None:
            raise error
        self._failed |= isinstance(translated, StoreUnavailable)
        raise translated from error


def _row_count_conflict(cursor: DBAPICursor, rows: int) -> Conflict:
    return Conflict(f"only {cursor.rowcount} of {rows} rows are unchanged since they were read")
