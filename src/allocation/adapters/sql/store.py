"""The store: state and log in one database, changed in one transaction."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from allocation.adapters.keys import names
from allocation.adapters.sql.cache import ProductCache
from allocation.adapters.sql.database import Database
from allocation.adapters.sql.driver import Driver
from allocation.adapters.sql.log import SqlLog
from allocation.adapters.sql.session import SqlSession
from allocation.adapters.sql.unfinished import DUE
from allocation.adapters.units import UnitInGroup
from allocation.messaging.log import Entry, Fate


class SqlTransaction:
    """One group."""

    def __init__(self, driver: Driver, cache: ProductCache) -> None:
        self._driver = driver
        self._session = SqlSession(driver, cache)
        self._log = SqlLog(driver)

    def expect(self, messages: Iterable[object]) -> None:
        """Read, all together, what these messages are about to need."""
        self._session.expect(messages)

    def unit(self) -> UnitInGroup:
        """A unit of work that sees what the group holds so far."""
        return UnitInGroup(self._session)

    def belongs_to(self, message: object) -> Collection[str]:
        """The product that the message concerns, if it is known, and the batch that it names."""
        return names(self._session.sku_of(message), message)

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """The entries of these ids that are on record or written in this group."""
        return self._log.find(ids)

    def pending(self, limit: int, now: datetime) -> list[Entry]:
        """The first PENDING entries that are due, in the order of the log."""
        return self._log.pending(limit, now)

    def going_on(self, chains: Collection[str], now: datetime) -> set[str]:
        """Those of these chains of which PENDING entries that are due are on record."""
        return self._log.going_on(chains, now)

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        """The first OUTGOING entries that are due and that nobody else has in hand."""
        return self._log.outgoing(limit, now)

    def ahead(self, limit: int, now: datetime) -> list[Entry]:
        """The unfinished entries that are due too far ahead, as many of each fate."""
        return self._log.ahead(limit, now)

    def dead(self, limit: int) -> list[Entry]:
        """The first DEAD entries, in the order of the log."""
        return self._log.dead(limit)

    def write(self, entry: Entry) -> None:
        """Add the entry, or replace what was written for its id."""
        self._log.write(entry)

    def commit(self) -> None:
        """Write everything and commit."""
        with self._driver.together():
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
        with self._database.begin(one_state=False) as driver:
            yield SqlTransaction(driver, self._cache)

    def due(self, now: datetime) -> Collection[Fate]:
        """Of which fates there are entries that can be gone on with by now."""
        with self._database.reading() as connection:
            return {fate for fate, look in DUE if connection.execute(look, {"now": now}).first()}
