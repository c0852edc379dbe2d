"""A database and its transactions."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as PoolExhausted

from allocation.adapters.sql.engine import urls
from allocation.adapters.sql.engine.errors import translated_errors
from allocation.adapters.sql.engine.opening import Access, SqliteFile, open_engine
from allocation.adapters.sql.engine.postgresql_settings import without_timeouts
from allocation.adapters.sql.engine.read_only_file import ReadOnlyFile
from allocation.adapters.sql.engine.sqlite_library import SQLITE, SQLiteLibrary
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.messaging.errors import Locked, NestedTransaction, StoreUnavailable
from allocation.messaging.sync_bridge import execution_context, run_blocking

SPARE: Final = 4
"""The maximum number of idle transaction connections; each uses one of the pool's 15."""


class Database:
    """A SQLite file or a PostgreSQL database.

    SQLite is opened in WAL mode and durable at every commit (`synchronous=FULL`). Write
    transactions start with `BEGIN IMMEDIATE`: a transaction that reads before its first write
    would fail at once if another process had written in between. A transaction raises
    `StoreLost` if the file is no longer the one at its path.

    Raises:
        UnsupportedDatabase: any other URL.
        UnsupportedSQLite: the SQLite library is too old.
        NotADatabase: the file is not a SQLite database.
        NoSuchDatabase: the directory does not exist; or the file does not, without `create`.
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
        """The SQLite library, if the database is a SQLite file."""
        translated_errors(self._engine)
        self._drivers: list[TransactionConnection] = []  # the idle ones
        self._writers: set[object] = set()  # threads and greenlets with a write transaction
        self._snapshots: dict[object, Connection] = {}  # of threads and greenlets in `one_snapshot`

    def with_own_pool(self) -> "Database":
        """The same database with a separate connection pool.

        It shares an open SQLite file: see `open_engine`.
        """
        return Database(self._url, create=False, beside=self)

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine, for read transactions."""
        return self._engine

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self._engine.dialect.name == "sqlite"

    @property
    def name(self) -> str:
        """The URL without the password."""
        return urls.shown(self._engine.url)

    @contextmanager
    def begin(self, *, snapshot: bool) -> Iterator[TransactionConnection]:
        """Begin a write transaction on a driver connection; it is rolled back unless committed.

        With `snapshot`, the transaction sees one state of the database throughout; without,
        each statement on PostgreSQL sees the rows committed before it.

        Raises:
            NestedTransaction: the caller has a write transaction open, which would deadlock.
        """
        with self._track_writer(), self._driver() as driver:
            driver.begin(snapshot=snapshot)
            yield driver
            self._check_file()

    @contextmanager
    def snapshot(self) -> Iterator[TransactionConnection]:
        """Begin a transaction on a driver connection that sees one state and locks nothing.

        Raises:
            NestedTransaction: the caller has a write transaction open, whose changes it would miss.
        """
        with self._track_writer(), self._driver() as driver:
            driver.begin_reading()
            yield driver
            self._check_file()

    @contextmanager
    def reading_latest(self) -> Iterator[TransactionConnection]:
        """Begin a transaction on a driver connection that only reads.

        On PostgreSQL, each statement sees the rows committed before it; on SQLite, all of them see
        one state of the database.
        """
        with self._driver() as driver:
            driver.begin_reading(snapshot=False)
            yield driver
            self._check_file()

    @contextmanager
    def _driver(self) -> Iterator[TransactionConnection]:
        """An idle transaction connection, or a new one; its transaction ends with the context."""
        try:
            driver = self._drivers.pop()
        except IndexError:
            driver = self.new_transaction_connection()
        try:
            yield driver
        finally:
            driver.rollback()
            if len(self._drivers) < SPARE:
                self._drivers.append(driver)
            else:
                driver.close()

    def new_transaction_connection(self) -> TransactionConnection:
        """Make a new transaction connection."""
        return TransactionConnection(self._engine)

    @contextmanager
    def writing(self, *, snapshot: bool = True, patient: bool = False) -> Iterator[Connection]:
        """Begin a write transaction on SQLAlchemy; it is rolled back unless committed.

        With `snapshot`, the transaction sees one state of the database throughout; without,
        each statement on PostgreSQL sees the rows committed before it. If `patient`, a statement
        on PostgreSQL may wait for a lock, and take, as long as the operator's settings allow.

        Raises:
            NestedTransaction: the caller has a write transaction open, which would deadlock.
            Locked: a lock that a statement needs was not free in time.
            StoreUnavailable: the database did not answer in time.
        """
        with self._track_writer(), self._connect() as connection:
            if snapshot:
                self._isolate(connection)
            _begin_to_write(connection)
            with self._timeouts(connection, patient=patient):
                yield connection
            self._check_file()

    @contextmanager
    def reshaping(self) -> Iterator[Connection]:
        """Begin a write transaction that may rebuild tables with foreign keys to them.

        SQLite's foreign keys are off meanwhile; the connection is discarded afterwards. On
        PostgreSQL, statements may take as long as the operator's settings allow.
        """
        with self._track_writer(), self._connect() as connection:
            try:
                if self.is_sqlite:
                    pooled = connection.connection
                    pooled.cursor().execute("PRAGMA foreign_keys = OFF")  # not in a transaction
                _begin_to_write(connection)
                with self._timeouts(connection, patient=True):
                    yield connection
                self._check_file()
            finally:
                if self.is_sqlite:
                    connection.invalidate()

    @contextmanager
    def reading(self, *, patient: bool = False) -> Iterator[Connection]:
        """Begin a read transaction, which sees one state of the database throughout.

        If `patient`, a statement on PostgreSQL may wait for a lock, and take, as long as the
        operator's settings allow. In `one_snapshot`, it is the transaction of that.

        Raises:
            StoreUnavailable: the database cannot be reached, did not answer in time, or another
                transaction keeps a table locked.
        """
        opened = self._snapshots.get(execution_context())
        if opened is not None and not patient:
            yield opened
            return
        with self._connect() as connection:
            self._isolate(connection)
            try:
                with self._timeouts(connection, patient=patient):
                    yield connection
            except Locked as error:
                reason = "another transaction keeps a table locked"
                raise StoreUnavailable(reason, self.name) from error
            self._check_file(index=True)

    @contextmanager
    def one_snapshot(self) -> Iterator[None]:
        """Let all that the caller reads by `reading` meanwhile be one transaction.

        So queries that know nothing of each other see one state of the database, and the costs of
        a transaction arise once.
        """
        reader = execution_context()
        with self.reading() as connection:
            self._snapshots[reader] = connection
            try:
                yield
            finally:
                del self._snapshots[reader]

    @contextmanager
    def without_transaction(self) -> Iterator[Connection]:
        """A connection without a transaction, for statements that SQLite does not run in one."""
        with self._connect() as connection:
            yield connection.execution_options(begins=None)
            self._check_file()

    @property
    def has_changed(self) -> bool:
        """Whether a file opened with `READ_AT_REST` has been written since."""
        return isinstance(self._file, ReadOnlyFile) and self._file.has_changed

    def _check_file(self, *, index: bool = False) -> None:
        """Check after a commit that the open file is still the one at its path."""
        if self._file is not None:
            self._file.check(index=index)

    @contextmanager
    def _track_writer(self) -> Iterator[None]:
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
            return run_blocking(self._engine.connect)  # blocks while the pool is exhausted
        except PoolExhausted as error:
            raise StoreUnavailable(str(error), self.name) from error

    def _timeouts(self, connection: Connection, *, patient: bool) -> AbstractContextManager[None]:
        if patient and not self.is_sqlite:
            return without_timeouts(connection)
        return nullcontext()

    def _isolate(self, connection: Connection) -> None:
        if not self.is_sqlite:
            # A snapshot, as on SQLite; to write a row that has changed since is a conflict, and the
            # transaction is retried.
            connection.execution_options(isolation_level="REPEATABLE READ")

    def close(self) -> None:
        """Close the connections."""
        for driver in self._drivers:
            driver.close()
        self._engine.dispose()
        if self._file is not None and self._is_alone:
            self._file.close()


def _begin_to_write(connection: Connection) -> None:
    """Begin; SQLite blocks until it has the file's lock, so it must not be on an event loop."""
    connection.execution_options(begins="IMMEDIATE")
    run_blocking(connection.begin)
