"""A connection as its driver gives it: the statements of a group go this way.

For the same statements SQLAlchemy takes several times as long as the database. It still
writes them, and keeps the connections.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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


class TransactionConnection:
    """One connection, opened when it is needed, and opened anew when it has failed.

    Raises:
        Conflict: somebody else has changed what is to be changed.
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
        cursor = self._cursor if self._begun else self._begin_again()
        try:
            cursor.execute("PRAGMA data_version")
            [(others,)] = cursor.fetchall()
        except Exception as error:
            self._raise(error)
        return DataVersion(self._connection, others, self._commits)

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
        """Change something, and so many rows, if that is said.

        Raises:
            Conflict: it concerned another number of rows.
        """
        cursor = self._cursor if self._begun else self._begin_again()
        try:
            if self._pipelined is not None:
                cursor = self._connection.cursor()
                self._pipelined.append((cursor, rows))
            cursor.execute(statement, parameters)
        except Exception as error:
            self._raise(error)
        if rows is not None and self._pipelined is None:
            _check_row_count(cursor, rows)

    def execute_many(self, statement: str, values: Rows, *, rows: int | None = None) -> None:
        """The same for many values, as the driver does it."""
        cursor = self._cursor if self._begun else self._begin_again()
        try:
            cursor.executemany(statement, values)
        except Exception as error:
            self._raise(error)
        if rows is not None:
            _check_row_count(cursor, rows)

    @contextmanager
    def pipelined(self) -> Iterator[None]:
        """Let no `execute` in here wait for its answer, if the driver can do without.

        What has become of them is told at the end.
        """
        if self.name != "postgresql":
            yield
            return
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
            if rows is not None:
                _check_row_count(cursor, rows)

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
        self._begun = self._failed = False
        if connection is not None:
            with suppress(Exception):
                connection.invalidate()

    def _begin_again(self) -> DBAPICursor:
        """Begin the next transaction: the one before it has been committed."""
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

    def _raise(self, error: Exception) -> NoReturn:
        """Raise the error as the machinery knows it; an error of our own code as it is."""
        translated = translate_error(error, self._engine)
        if translated is None:
            raise error
        self._failed |= isinstance(translated, StoreUnavailable)
        raise translated from error


def _check_row_count(cursor: DBAPICursor, rows: int) -> None:
    if cursor.rowcount != rows:
        raise Conflict(f"{cursor.rowcount} of {rows} rows are as they were read")
