"""Retention: how long finished messages stay in the log.

Before messages leave the log, the application's hook is called in the same transaction. It can
keep what they explain, such as the totals of a ledger.
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
    or_,
    select,
    text,
)

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.log import first_and_last
from allocation.adapters.sql.message_log.schema import OPEN, messages
from allocation.messaging.envelope import Clock
from allocation.messaging.retry import RetryPolicy

PORTION: Final = 250
"""Messages that leave in one transaction: nobody has to wait for long."""

LOOKED_AT: Final = 2_500
"""Messages that are looked at in one transaction; it may be that all of them have to stay."""

PROVEN: Final = timedelta(hours=12)
"""The clock is believed when it has run for so long beside the log (ADR 22)."""

PRUNING: Final = 0x7072756E  # "prun", as the key of a lock

BeforePruning = Callable[[Connection, Sequence[Row[Any]]], None]
"""Called with rows of the log that are about to leave it, in the transaction that deletes them."""

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
        # What the clock put into the future is older, too, than what came after it.
        or_(messages.c.at < bindparam("before"), messages.c.at > bindparam("now")),
        _FIRST_OPEN.is_(None),
    )
    .order_by(messages.c.seq)
    .limit(PORTION)
)
_NEXT = (
    select(messages.c.seq, messages.c.at)
    .where(messages.c.seq >= bindparam("seq"), messages.c.at <= bindparam("now"))
    .order_by(messages.c.seq)
    .limit(1)
)
_THESE = delete(messages).where(messages.c.seq.in_(bindparam("numbers", expanding=True)))


class Retention:
    """Prunes the log: of chains of messages in which nothing is left to do, the old ones."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        retries: RetryPolicy,
        before_pruning: BeforePruning = lambda _connection, _rows: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._retries = retries
        self._before_pruning = before_pruning

    def prune(
        self, keep: timedelta, archive: Archive | None = None, *, patient: bool = True
    ) -> Iterator[int]:
        """Take what is older than that out of the log, a little at a time.

        What is unhandled or dead stays, with its whole chain; and so does the last message:
        SQLite would give its number again. A message that comes again with its key after
        this is a new one. Unless it is `patient`, it ends where somebody else is pruning.
        Nothing leaves by a clock that may just have jumped: see `believes_the_clock`.

        Yields:
            How many messages have left, after every transaction; none in some.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
            OSError: from the archive; what it has not kept is still in the log.
        """
        now = self._clock()
        youth = self._youth(now - keep, now)
        if not youth.proves(now, keep):
            return
        bounds = {"now": now, "before": now - keep, "first_young": youth.begins, "after": 0}
        while step := self._retries.until_done(lambda: self._prune(bounds, archive, patient)):
            bounds["after"] = step.done_to
            yield step.gone

    def _prune(
        self, bounds: dict[str, Any], archive: Archive | None, patient: bool
    ) -> "_Step | None":
        with self._database.writing(snapshot=False, patient=patient) as connection:
            if not self._database.is_sqlite and not _is_our_turn(connection, patient):
                return None
            last = connection.execute(_LAST_LOOKED_AT, bounds).scalar_one()
            if last is None:
                return None
            rows = connection.execute(_OLD, bounds | {"last": last}).all()
            if rows:
                self._before_pruning(connection, rows)
                connection.execute(_THESE, {"numbers": [row.seq for row in rows]})
                if archive is not None:
                    archive(rows)
                connection.commit()
        return _Step(len(rows), rows[-1].seq if len(rows) == PORTION else last)

    def believes_the_clock(self, keep: timedelta) -> bool:
        """Whether the log shows that the clock has not just jumped.

        It does when it has a message that is to be kept, and that was written half a day ago. An
        empty log has nothing that could leave.
        """
        now = self._clock()
        youth = self._youth(now - keep, now)
        return youth.begins == 0 or youth.proves(now, keep)

    def _youth(self, moment: datetime, now: datetime) -> "_Youth":
        """Where the messages since that moment begin, found by halving: no index tells.

        Those from the future, of a clock that was ahead, are passed over. Where none is so
        young, it is at the last message.
        """
        with self._database.reading() as connection:
            low, last = first_and_last(connection)
            high, first = last, _next(connection, last, now)
            while low < high:
                middle = (low + high) // 2
                row = _next(connection, middle, now)
                if row is None or row.at >= moment:
                    high, first = middle, row or first
                else:
                    low = row.seq + 1
        return _Youth(min(low, last), None if first is None else first.at)


def _is_our_turn(connection: Connection, patient: bool) -> bool:
    lock = "pg_advisory_xact_lock" if patient else "pg_try_advisory_xact_lock"
    return connection.execute(text(f"SELECT {lock}({PRUNING})")).scalar_one() is not False


class _Step(NamedTuple):
    gone: int
    done_to: int


class _Found(NamedTuple):
    seq: int
    at: datetime


class _Youth(NamedTuple):
    """The number from which on messages are to be kept, 0 in an empty log; when they began."""

    begins: int
    at: datetime | None

    def proves(self, now: datetime, keep: timedelta) -> bool:
        """Whether the clock has run for long enough since then to be believed."""
        return self.at is not None and PROVEN <= now - self.at <= keep


def _next(connection: Connection, seq: int, now: datetime) -> _Found | None:
    row = connection.execute(_NEXT, {"seq": seq, "now": now}).one_or_none()
    return None if row is None else _Found(row.seq, row.at)
