"""Retention: how long what is finished stays in the log.

What leaves the log is taken into the opening balances of the batches in the same
transaction, so that their quantities can be explained as before.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    text,
)

from allocation.adapters.sql.bookkeeping import bookings, carry_forward
from allocation.adapters.sql.database import Database
from allocation.adapters.sql.log import first_and_last
from allocation.adapters.sql.schema import OPEN, messages
from allocation.messaging.envelope import Clock
from allocation.messaging.retries import Retries

PORTION: Final = 250
"""Messages that leave in one transaction: nobody has to wait for long."""

LOOKED_AT: Final = 2_500
"""Messages that are looked at in one transaction; it may be that all of them have to stay."""

PRUNING: Final = 0x7072756E  # "prun", as the key of a lock

Archive = Callable[[Sequence[Row[Any]]], None]
"""Keeps rows of the log that are about to leave it, safely, before it returns."""

_of_chain = messages.alias("of_chain")
_OPEN: Final[ColumnElement[bool]] = literal_column(f"of_chain.{OPEN}")
# As in the log: no join, whatever the statistics say.
_FIRST_OPEN = (
    select(func.min(_of_chain.c.seq))
    .where(_of_chain.c.correlation_id == messages.c.correlation_id, _OPEN)
    .scalar_subquery()
)
_looked_at = (
    select(messages.c.seq)
    .where(messages.c.seq > bindparam("after"), messages.c.seq < bindparam("first_young"))
    .order_by(messages.c.seq)
    .limit(LOOKED_AT)
    .subquery()
)
_LAST_LOOKED_AT = select(func.max(_looked_at.c.seq))
_OLD = (
    select(messages)
    .where(
        messages.c.seq > bindparam("after"),
        messages.c.seq <= bindparam("last"),
        messages.c.at < bindparam("before"),
        _FIRST_OPEN.is_(None),
    )
    .order_by(messages.c.seq)
    .limit(PORTION)
)
_NEXT = (
    select(messages.c.seq, messages.c.at)
    .where(messages.c.seq >= bindparam("seq"))
    .order_by(messages.c.seq)
    .limit(1)
)
_THESE = delete(messages).where(messages.c.seq.in_(bindparam("numbers", expanding=True)))


class Retention:
    """Prunes the log: of chains of messages in which nothing is left to do, the old ones."""

    def __init__(self, database: Database, clock: Clock, retries: Retries) -> None:
        self._database = database
        self._clock = clock
        self._retries = retries

    def prune(
        self, keep: timedelta, archive: Archive | None = None, *, patient: bool = True
    ) -> Iterator[int]:
        """Take what is older than that out of the log, a little at a time.

        What is unhandled or dead stays, with its whole chain; and so does the last message:
        SQLite would give its number again. A message that comes again with its key after
        this is a new one. Unless it is `patient`, it ends where somebody else is pruning.

        Yields:
            How many messages have left, after every transaction; none in some.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
            OSError: from the archive; what it has not kept is still in the log.
        """
        before = self._clock() - keep
        bounds = {"before": before, "first_young": self._first_since(before), "after": 0}
        while step := self._retries.until_done(lambda: self._prune(bounds, archive, patient)):
            bounds["after"] = step.done_to
            yield step.gone

    def _prune(
        self, bounds: dict[str, Any], archive: Archive | None, patient: bool
    ) -> "_Step | None":
        with self._database.writing(one_state=False) as connection:
            if not self._database.is_sqlite and not _is_our_turn(connection, patient):
                return None
            last = connection.execute(_LAST_LOOKED_AT, bounds).scalar_one()
            if last is None:
                return None
            rows = connection.execute(_OLD, bounds | {"last": last}).all()
            if rows:
                carry_forward(connection, list(bookings(connection, rows)))
                connection.execute(_THESE, {"numbers": [row.seq for row in rows]})
                if archive is not None:
                    archive(rows)
                connection.commit()
        return _Step(len(rows), rows[-1].seq if len(rows) == PORTION else last)

    def _first_since(self, moment: datetime) -> int:
        """The number of the first message of that time, found by halving: no index tells.

        Where none is so young, that of the last message.
        """
        with self._database.reading() as connection:
            low, last = first_and_last(connection)
            high = last
            while low < high:
                middle = (low + high) // 2
                seq, at = _at(connection, middle)
                low, high = (low, middle) if at >= moment else (seq + 1, high)
        return min(low, last)


def _is_our_turn(connection: Connection, patient: bool) -> bool:
    lock = "pg_advisory_xact_lock" if patient else "pg_try_advisory_xact_lock"
    return connection.execute(text(f"SELECT {lock}({PRUNING})")).scalar_one() is not False


class _Step(NamedTuple):
    gone: int
    done_to: int


def _at(connection: Connection, seq: int) -> tuple[int, datetime]:
    row = connection.execute(_NEXT, {"seq": seq}).one()
    return row.seq, row.at
