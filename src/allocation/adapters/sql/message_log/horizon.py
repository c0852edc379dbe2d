"""The settled horizon: the number up to which the log never changes any more.

PostgreSQL numbers the messages of concurrent transactions in any order of their commits: a reader
who goes on after the last number that he has seen skips those that are committed later. A number
is settled once the transaction that has taken it is over, committed or rolled back.

A transaction locks the table before it takes a number, and holds the lock until its rows can be
seen. So the transactions that may have taken a number up to N are among those that hold the lock
just after N was read from the sequence; when they are gone, all numbers up to N are settled.
"""

from collections.abc import Callable
from time import monotonic
from typing import Final, NamedTuple

from allocation.adapters.sql.engine.compiled_query import CompiledQuery
from allocation.adapters.sql.engine.transaction_connection import TransactionConnection

_LAST: Final = {
    "sqlite": CompiledQuery("SELECT coalesce(max(seq), 0) FROM messages", ()),
    "postgresql": CompiledQuery(
        "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM messages_seq_seq", ()
    ),
}
_WRITERS: Final = CompiledQuery(
    "SELECT virtualtransaction FROM pg_locks"
    " WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted"
    " AND relation = 'messages'::regclass AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())",
    (),
)


class _Mark(NamedTuple):
    """A number, the transactions that may have taken it or a smaller one, and when it was read."""

    number: int
    writers: frozenset[str]
    since: float


class Horizon:
    """The settled horizon of one database, as this process has last seen it.

    Attributes:
        last: the last number that was given to a message, settled or not.
        settled: the number up to which all messages are settled; None until the first is certain.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """`clock` returns seconds."""
        self._clock = clock
        self._mark: _Mark | None = None
        self.last = 0
        self.settled: int | None = None

    @property
    def lag(self) -> float:
        """Seconds for which numbers have waited to be settled; 0 if all of them are."""
        return 0.0 if self._mark is None else self._clock() - self._mark.since

    @property
    def is_complete(self) -> bool:
        """Whether every number that was given is settled."""
        return self.settled is not None and self.settled >= self.last

    def advance(self, driver: TransactionConnection) -> None:
        """Look which numbers are settled by now.

        Each statement of the transaction must see the rows committed before it; otherwise, a row
        that was committed in the meantime would be taken for settled and not be seen.
        """
        [(self.last,)] = driver.fetch_all(_LAST[driver.name], {})
        if max(self.settled or 0, self._mark.number if self._mark else 0) > self.last:
            self.settled = self._mark = None  # after a crash, or in a database that was restored
        if driver.name == "sqlite":  # writers take turns
            self.settled = self.last
        elif self._mark is not None or not self.is_complete:
            self._move_past(frozenset(name for (name,) in driver.fetch_all(_WRITERS, {})))

    def _move_past(self, writers: frozenset[str]) -> None:
        mark = self._mark
        if mark is not None and writers.isdisjoint(mark.writers):
            self.settled, self._mark = mark.number, None
        if self._mark is None and not self.is_complete:
            if writers:
                self._mark = _Mark(self.last, writers, self._clock())
            else:
                self.settled = self.last
