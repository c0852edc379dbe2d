"""The store: state and log in one database, changed in one transaction."""

from collections.abc import Collection, Iterable, Iterator, Set
from contextlib import contextmanager
from datetime import datetime

from allocation.adapters.keys import names, ref_in, sku_in
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
        self._log = SqlLog(driver, self._session.sku_of)

    def prefetch(self, messages: Iterable[object], besides: Collection[str] = ()) -> None:
        """Read and lock, all together, what these messages are about to need."""
        self._session.prefetch(messages, besides={sku_in(key) for key in besides})

    def held(self, keys: Collection[str]) -> set[str]:
        """Those of these keys whose product somebody else keeps locked."""
        refs = {key: ref for key in keys if (ref := ref_in(key)) is not None}
        of_refs = self._session.skus_of(refs.values())
        skus = {key: sku_in(key) or of_refs.get(refs.get(key, "")) for key in keys}
        held = self._session.held({sku for sku in skus.values() if sku is not None})
        return {key for key, sku in skus.items() if sku in held}

    def unit(self) -> NestedUnitOfWork:
        """A unit of work that sees what the group holds so far."""
        return NestedUnitOfWork(self._session)

    def ordering_keys(self, message: object) -> Set[str]:
        """The product that the message concerns, if it is known, and the batch that it names."""
        return names(self._session.sku_of(message), message)

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """The entries of these ids that are on record or written in this group."""
        return self._log.find(ids)

    def pending(
        self, limit: int, now: datetime, besides: Collection[str] = ()
    ) -> list[Entry] | None:
        """The first PENDING entries that are due; None while another process has its turn."""
        return self._log.pending(limit, now, [sku for key in besides if (sku := sku_in(key))])

    def has_pending(self) -> bool:
        """Whether any PENDING entries are on record."""
        return self._log.has_pending()

    def blocked(self, keys: Collection[str], now: datetime) -> set[str]:
        """Those of these keys whose product PENDING entries concern, besides those given."""
        skus = {sku: key for key in keys if (sku := sku_in(key)) is not None}
        return {skus[sku] for sku in self._log.blocked(skus, now)}

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
