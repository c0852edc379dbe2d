"""A message log in a database; each transaction also changes the state of a domain."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.message_log.log import LogFormat, SqlLog
from allocation.messaging.log import Status
from allocation.messaging.ports import DomainState

OpenState = Callable[[TransactionConnection], DomainState]
"""Opens the state of a domain on the connection of a transaction."""

OpenSnapshot = Callable[[TransactionConnection], AbstractContextManager[DomainState]]
"""Opens the state for a transaction that is never committed, and closes it afterwards."""


class LogTransaction(SqlLog):
    """The transaction of one group: the message log, and the state of the domain beside it."""

    def __init__(
        self, driver: TransactionConnection, log_format: LogFormat, state: DomainState
    ) -> None:
        super().__init__(driver, log_format, state.ordering_key)
        self._state = state
        # The methods of the port that the state implements; delegating would cost a call.
        self.unit, self.prefetch = state.unit, state.prefetch
        self.held, self.ordering_keys = state.held, state.ordering_keys

    def commit(self) -> None:
        """Write the state and the log, and commit durably.

        Raises:
            Conflict: another writer has changed rows that this transaction has read.
            StoreUnavailable: the commit failed, or its outcome is unknown.
        """
        with self._driver.pipelined():
            self._state.flush()
            self.flush()
        self._driver.commit()
        self._state.committed()


class LogStore:
    """A message log and the state of a domain, in a SQLite file or a PostgreSQL database.

    `open_snapshot` opens the state for a dry run, which may only read, and may lock nothing.
    Without it, a dry run is made in an ordinary transaction, and locks what a message locks.
    """

    def __init__(
        self,
        database: Database,
        log_format: LogFormat,
        open_state: OpenState,
        open_snapshot: OpenSnapshot | None = None,
    ) -> None:
        self._database = database
        self._format = log_format
        self._open_state = open_state
        self._open_snapshot = open_snapshot

    @contextmanager
    def begin(self) -> Iterator[LogTransaction]:
        """Open a transaction; leaving it without a commit rolls it back."""
        with self._database.begin(snapshot=False) as driver:
            yield LogTransaction(driver, self._format, self._open_state(driver))

    @contextmanager
    def snapshot(self) -> Iterator[LogTransaction]:
        """Open a transaction that sees one state of the database, and is never committed."""
        if self._open_snapshot is None:
            with self.begin() as transaction:
                yield transaction
            return
        with self._database.snapshot() as driver, self._open_snapshot(driver) as state:
            yield LogTransaction(driver, self._format, state)

    def due(self, now: datetime) -> Collection[Status]:
        """The statuses, PENDING or OUTGOING, of entries that are due now."""
        with self._database.reading() as connection:
            return {
                status
                for status, query in self._format.queries.due
                if connection.execute(query, {"now": now}).first()
            }
