"""A message log and the state of a domain in one database, changed in one transaction."""

from collections.abc import Callable, Collection, Iterable, Iterator, Set
from contextlib import contextmanager
from datetime import datetime

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection
from allocation.adapters.sql.message_log.log import LogFormat, SqlLog
from allocation.messaging.log import Entry, Status
from allocation.messaging.ports import DomainState, Unit

OpenState = Callable[[TransactionConnection], DomainState]
"""Opens the state of a domain on the connection of a transaction."""


class LogTransaction:
    """The transaction of one group of messages; see `messaging.ports.Transaction`."""

    def __init__(
        self, driver: TransactionConnection, log_format: LogFormat, open_state: OpenState
    ) -> None:
        self._driver = driver
        self._state = open_state(driver)
        self._log = SqlLog(driver, log_format, self._state.ordering_key)

    def prefetch(self, messages: Iterable[object], besides: Collection[str] = ()) -> None:
        """Read and lock the state that these messages need, in one go."""
        self._state.prefetch(messages, besides)

    def held(self, keys: Collection[str]) -> set[str]:
        """The ordering keys whose state other transactions keep locked."""
        return self._state.held(keys)

    def unit(self) -> Unit:
        """A unit of work that sees the group's changes so far."""
        return self._state.unit()

    def ordering_keys(self, message: object) -> Set[str]:
        """The ordering keys of a message: messages that share a key take effect in log order."""
        return self._state.ordering_keys(message)

    def find(self, ids: Collection[str]) -> dict[str, Entry]:
        """The entries with these ids, stored before or written in this group."""
        return self._log.find(ids)

    def pending(
        self, limit: int, now: datetime, besides: Collection[str] = ()
    ) -> list[Entry] | None:
        """The first PENDING entries that are due; None while another process has some."""
        return self._log.pending(limit, now, besides)

    def has_pending(self) -> bool:
        """Whether there are PENDING entries, due or not."""
        return self._log.has_pending()

    def blocked(self, keys: Collection[str], now: datetime) -> set[str]:
        """Those of these ordering keys that other PENDING entries have which are due."""
        return self._log.blocked(keys, now)

    def incomplete(self, chains: Collection[str], now: datetime) -> set[str]:
        """The ids of those chains that have PENDING entries which are due."""
        return self._log.incomplete(chains, now)

    def outgoing(self, limit: int, now: datetime) -> list[Entry]:
        """The first OUTGOING entries that are due and not locked by another process."""
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
            self._state.flush()
            self._log.flush()
        self._driver.commit()
        self._state.committed()


class LogStore:
    """A message log and the state of a domain, in a SQLite file or a PostgreSQL database."""

    def __init__(self, database: Database, log_format: LogFormat, open_state: OpenState) -> None:
        self._database = database
        self._format = log_format
        self._open_state = open_state

    @contextmanager
    def begin(self) -> Iterator[LogTransaction]:
        """Open a transaction; leaving it without a commit rolls it back."""
        with self._database.begin(snapshot=False) as driver:
            yield LogTransaction(driver, self._format, self._open_state)

    def due(self, now: datetime) -> Collection[Status]:
        """Those of the statuses PENDING and OUTGOING that have entries which are due."""
        with self._database.reading() as connection:
            return {
                status
                for status, query in self._format.queries.due
                if connection.execute(query, {"now": now}).first()
            }
