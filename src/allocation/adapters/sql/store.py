"""The store: state and log in one database, changed in one transaction."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from allocation.adapters.keys import names
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.message_log.log import SqlLog
from allocation.adapters.sql.message_log.queries import DUE
from allocation.adapters.sql.stock.cache import ProductCache
from allocation.adapters.sql.stock.session import SqlSession
from allocation.adapters.unit_of_work import NestedUnitOfWork
from allocation.messaging.log import Entry, Status


class SqlTransaction:
    """One group."""

    def __init__(self, driver: TransactionConnection, cache: ProductCache) -> None:
        self._driver = driver
        self._session = SqlSession(driver, cache)
        self._log = SqlLog(driver)

    def prefetch(self, messages: Iterable[object]) -> None:
        """Read, all together, what these messages are about to need."""
        self._session.prefetch(messages)

    def unit(self) -> NestedUnitOfWork:
        """A unit of work that sees what the group holds so far."""
        return NestedUnitOfWork(self._session)

    def ordering_keys(self, message: object) -> Collection[str]:
        """The product that the message concerns, if it is known, and the batch that it names."""
        return names(self._session.sku_of(message), message)

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """The entries of these ids that are on record or written in this group."""
        return self._log.find(ids)

    def pending(self, limit: int, now: datetime) -> list[Entry]:
        """The first PENDING entries that are due, in the order of the log."""
        return self._log.pending(limit, now)

    def incomplete(self, chains: Collection[str], now: datetime) -> set[str]:
        """Those of these chains of which PENDING entries that are due are on record."""
        return self._log.incomplete(chains, now)

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        """The first OUTGOING entries that are due and that nobody else has in hand."""
        return self._log.outgoing(limit, now)

    def ahead(self, limit: int, now: datetime) -> list[Entry]:
        """The unfinished entries that are due too far ahead, up to `limit` of each status."""
        return self._log.ahead(limit, now)

    def dead(self, limit: int) -> list[Entry]:
        """The first DEAD entries, in the order of the log."""
        return self._log.dead(limit)

    def write(self, entry: Entry) -> None:
        """Add the entry, or replace what was written for its id."""
        self._log.write(entry)

    def commit(self) -> None:
        """Write everything and commit."""
        with self._driver.pipelined():
            self._session.flush()
            self._log.flush()
        self._session.commit()


class SqlStore:
    """State and log in a SQLite file or a PostgreSQL database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache = ProductCache()

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        """Open a transaction; leaving it without a commit rolls it back."""
        with self._database.begin(snapshot=False) as driver:
            yield SqlTransaction(driver, self._cache)

    def due(self, now: datetime) -> Collection[Status]:
        """Of which statuses there are entries that can be gone on with by now."""
        with self._database.reading() as connection:
            return {
                status for status, look in DUE if connection.execute(look, {"now": now}).first()
            }
