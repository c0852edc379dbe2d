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

from allocation.adapters.sql import engines
from allocation.adapters.sql.errors import in_our_words
from allocation.adapters.sql.questions import Question, converted
from allocation.adapters.sql.state import State
from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.weaving import elsewhere

Rows = Sequence[tuple[Any, ...]]

_BEGIN: Final = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}
_BEGIN_WITH_ONE_STATE: Final = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ",
}


class Driver:
    """One connection, opened when it is needed, and opened anew when it has failed.

    Raises:
        Conflict: somebody else has changed what is to be changed.
        StoreUnavailable: the database cannot be reached or written.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Any = None
        self._cursor: DBAPICursor | None = None
        self._together: list[tuple[DBAPICursor, int | None]] | None = None
        self._begun = False
        self._failed = False
        self._commits = 0
        self.name = engine.dialect.name

    def begin(self, *, one_state: bool) -> None:
        """Begin a transaction that writes; with `one_state` it sees one throughout."""
        self._one_state = one_state
        statement = (_BEGIN_WITH_ONE_STATE if one_state else _BEGIN)[self.name]
        was_open = self._cursor is not None
        try:
            self._say(statement)
        except StoreUnavailable as error:
            if self.name == "sqlite" and "locked" in str(error):
                elsewhere(partial(self._wait_for_the_file, statement))
            elif self.name == "postgresql" and was_open:
                # It was broken off while nobody used it, as when the server was restarted.
                self.close()
                self._say(statement)
            else:
                raise
        self._begun, self._failed = True, False

    def state(self) -> State | None:
        """What the transaction finds; None where it cannot be told from another state."""
        if self.name != "sqlite":
            return None
        self._go_on()
        with self._speaking() as cursor:
            cursor.execute("PRAGMA data_version")
            return State(self._connection, cursor.fetchall()[0][0], self._commits)

    def _wait_for_the_file(self, statement: str) -> None:
        """SQLite waits on the spot, so not where it would hold up an event loop."""
        self._say(f"PRAGMA busy_timeout = {engines.BUSY_TIMEOUT}")
        try:
            self._say(statement)
        finally:
            self._say("PRAGMA busy_timeout = 0")

    def ask(self, question: Question, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of the answer."""
        self._go_on()
        with self._speaking() as cursor:
            cursor.execute(question.statement, {**question.constants, **parameters})
            rows = cursor.fetchall()
        if question.conversions:
            return [converted(row, question.conversions) for row in rows]
        return rows  # type: ignore[return-value]

    def run(self, statement: str, parameters: Any = (), *, rows: int | None = None) -> None:
        """Change something, and so many rows, if that is said.

        Raises:
            Conflict: it concerned another number of rows.
        """
        self._go_on()
        with self._speaking() as cursor:
            if self._together is None:
                cursor.execute(statement, parameters)
                _check(cursor, rows)
            else:
                another = self._connection.cursor()
                self._together.append((another, rows))
                another.execute(statement, parameters)

    def run_for_each(self, statement: str, values: Rows, *, rows: int | None = None) -> None:
        """The same for many values, as the driver does it."""
        self._go_on()
        with self._speaking() as cursor:
            cursor.executemany(statement, values)
            _check(cursor, rows)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let no `run` in here wait for its answer, if the driver can do without.

        What has become of them is told at the end.
        """
        if self.name != "postgresql":
            yield
            return
        self._go_on()
        sent = self._together = []
        connection = self._connection.driver_connection
        connection.ahead = True
        try:
            yield
            with self._speaking():
                connection.settle()
        finally:
            self._together, connection.ahead = None, False
        for cursor, rows in sent:
            _check(cursor, rows)

    def commit(self) -> None:
        """Make it durable."""
        if not self._begun:
            return
        self._say("COMMIT")
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
                self._say("ROLLBACK")
            except Exception:
                self.close()

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection, self._cursor = self._connection, None, None
        self._failed = False
        if connection is not None:
            with suppress(Exception):
                connection.invalidate()

    def _go_on(self) -> None:
        if not self._begun:  # after a commit
            self.begin(one_state=self._one_state)

    def _say(self, statement: str) -> None:
        with self._speaking() as cursor:
            cursor.execute(statement)

    @contextmanager
    def _speaking(self) -> Iterator[DBAPICursor]:
        try:
            if self._cursor is None:
                self._connection = elsewhere(self._engine.raw_connection)
                if self.name == "postgresql":
                    self._connection.driver_connection.autocommit = True  # BEGIN is said here
                self._cursor = self._connection.cursor()
                if self.name == "sqlite":
                    self._cursor.execute("PRAGMA busy_timeout = 0")  # see `begin`
            yield self._cursor
        except Exception as error:
            told = in_our_words(error, self._engine)
            if told is None:
                raise
            self._failed |= isinstance(told, StoreUnavailable)
            raise told from error


def _check(cursor: DBAPICursor, rows: int | None) -> None:
    if rows is not None and cursor.rowcount != rows:
        raise Conflict(f"{cursor.rowcount} of {rows} rows are as they were read")
