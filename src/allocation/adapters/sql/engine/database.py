"""The database: where it is, and how its transactions begin."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as PoolExhausted

from allocation.adapters.sql.engine import urls
from allocation.adapters.sql.engine.errors import translated_errors
from allocation.adapters.sql.engine.opening import Access, SqliteFile, open_engine
from allocation.adapters.sql.engine.read_only_file import ReadOnlyFile
from allocation.adapters.sql.engine.sqlite_library import SQLITE, SQLiteLibrary
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.messaging.errors import NestedTransaction, StoreUnavailable
from allocation.messaging.sync_bridge import execution_context, run_blocking

SPARE: Final = 4
"""Drivers that are kept while nobody uses them; each has one of the pool's 15 connections."""


class Database:
    """A SQLite file or a PostgreSQL database.

    SQLite is opened in WAL mode, durable at every commit (`synchronous=FULL`). Writing
    transactions begin with `BEGIN IMMEDIATE`: one that begins by reading and then
    writes would fail at once when another process has written in between. A transaction ends with
    `StoreLost` when the file is no longer the one at its path.

    Raises:
        UnsupportedDatabase: for any other URL.
        UnsupportedSQLite: the SQLite library is too old.
        NotADatabase: the file holds something else.
        NoSuchDatabase: there is no such folder; or no such file, and not `create`.
    """

    def __init__(
        self,
        url: str,
        *,
        create: bool = True,
        access: Access = Access.WRITE,
        sqlite: SQLiteLibrary = SQLITE,
        beside: "Database | None" = None,
    ) -> None:
        self._url = url
        self._is_alone = beside is None
        shared: SqliteFile | None = None if beside is None else beside._file
        self._file: SqliteFile | None
        self._engine, self._file = open_engine(
            url, create=create, access=access, sqlite=sqlite, file=shared
        )
        self.sqlite = sqlite if self.is_sqlite else None
        """The library, of a SQLite file."""
        translated_errors(self._engine)
        self._drivers: list[TransactionConnection] = []  # that are free
        self._writers: set[object] = set()  # who has a transaction open that writes

    def apart(self) -> "Database":
        """The same database, by connections of its own, which nobody else can use up.

        Of a SQLite file that is open, it uses what is open: see `open_engine`.
        """
        return Database(self._url, create=False, beside=self)

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine; its transactions are the reading ones."""
        return self._engine

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a SQLite file."""
        return self._engine.dialect.name == "sqlite"

    @property
    def name(self) -> str:
        """The URL as it can be shown: without the password."""
        return urls.shown(self._engine.url)

    @contextmanager
    def begin(self, *, snapshot: bool) -> Iterator[TransactionConnection]:
        """A transaction that writes, on the driver; rolled back unless it is committed.

        With `snapshot`, it sees one state of the database throughout; else each of its
        statements sees on PostgreSQL what has been committed by then.

        Raises:
            NestedTransaction: whoever asks has one open, for which this one might wait.
        """
        with self._alone():
            yield from self._begun(snapshot=snapshot)

    def _begun(self, *, snapshot: bool) -> Iterator[TransactionConnection]:
        try:
            driver = self._drivers.pop()
        except IndexError:
            driver = self.new_transaction_connection()
        try:
            driver.begin(snapshot=snapshot)
            yield driver
            self._check_file()
        finally:
            driver.rollback()
            if len(self._drivers) < SPARE:
                self._drivers.append(driver)
            else:
                driver.close()

    def new_transaction_connection(self) -> TransactionConnection:
        """A connection of its own."""
        return TransactionConnection(self._engine)

    @contextmanager
    def writing(self, *, snapshot: bool = True) -> Iterator[Connection]:
        """A transaction that writes; rolled back unless it is committed.

        It sees one state of the database throughout; without `snapshot`, each of its
        statements sees on PostgreSQL what has been committed by then.

        Raises:
            NestedTransaction: whoever asks has one open, for which this one might wait.
        """
        with self._alone(), self._connect() as connection:
            if snapshot:
                self._isolate(connection)
            _begin_to_write(connection)
            yield connection
            self._check_file()

    @contextmanager
    def reshaping(self) -> Iterator[Connection]:
        """A transaction that writes, in which tables can be made anew that others refer to.

        SQLite does not follow the references meanwhile; the connection is given up afterwards.
        """
        with self._alone(), self._connect() as connection:
            try:
                if self.is_sqlite:
                    pooled = connection.connection
                    pooled.cursor().execute("PRAGMA foreign_keys = OFF")  # not in a transaction
                _begin_to_write(connection)
                yield connection
                self._check_file()
            finally:
                if self.is_sqlite:
                    connection.invalidate()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database throughout."""
        with self._connect() as connection:
            self._isolate(connection)
            yield connection
            self._check_file(index=True)

    @contextmanager
    def without_transaction(self) -> Iterator[Connection]:
        """For what SQLite does not do in one."""
        with self._connect() as connection:
            yield connection.execution_options(begins=None)
            self._check_file()

    @property
    def has_changed(self) -> bool:
        """Whether what was read at rest has changed meanwhile, and is to be read again."""
        return isinstance(self._file, ReadOnlyFile) and self._file.has_changed

    def _check_file(self, *, index: bool = False) -> None:
        """See, after a commit, whether it was made in the file that is at the path."""
        if self._file is not None:
            self._file.check(index=index)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        writer = execution_context()
        if writer in self._writers:
            raise NestedTransaction()
        self._writers.add(writer)
        try:
            yield
        finally:
            self._writers.discard(writer)

    def _connect(self) -> Connection:
        try:
            return run_blocking(self._engine.connect)  # there may be none free
        except PoolExhausted as error:
            raise StoreUnavailable(str(error), self.name) from error

    def _isolate(self, connection: Connection) -> None:
        if not self.is_sqlite:
            # As on SQLite; a write of what somebody else has changed since then is a
            # conflict, and tried again.
            connection.execution_options(isolation_level="REPEATABLE READ")

    def close(self) -> None:
        """Close the connections."""
        for driver in self._drivers:
            driver.close()
        self._engine.dispose()
        if self._file is not None and self._is_alone:
            self._file.close()


def _begin_to_write(connection: Connection) -> None:
    """SQLite waits for the file on the spot, so not where it would hold up an event loop."""
    connection.execution_options(begins="IMMEDIATE")
    run_blocking(connection.begin)
