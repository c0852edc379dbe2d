"""Retention: how long finished messages stay in the log.

Before messages are removed from the log, the application's hook is called in the same
transaction. It can preserve their information, such as the totals of a ledger.
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
    update,
)

from allocation.adapters.sql.engine.conditions import is_one_of
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.log import first_and_last
from allocation.adapters.sql.message_log.schema import OPEN_STATUSES, log_state, messages
from allocation.messaging.log import Clock
from allocation.messaging.retry import RetryPolicy

PORTION: Final = 250
"""The maximum number of messages removed in a transaction, so that writers wait only briefly."""

EXAMINED: Final = 2_500
"""The maximum number of messages examined in a transaction, some of which may have to stay."""

PROVEN: Final = timedelta(hours=12)
"""The clock is trusted if one of the messages to keep is at least this old (ADR 22)."""

PRUNING: Final = 0x7072756E  # "prun", as the key of a lock

BeforePruning = Callable[[Connection, Sequence[Row[Any]]], None]
"""Called with rows of the log in the transaction that deletes them."""

Archive = Callable[[Sequence[Row[Any]]], None]
"""Called with rows of the log before they are deleted; stores them durably."""

_of_chain = messages.alias("of_chain")
_OPEN: Final[ColumnElement[bool]] = literal_column(is_one_of("of_chain.status", OPEN_STATUSES))
# A scalar subquery as in `queries`: PostgreSQL would choose a join by outdated statistics.
_FIRST_OPEN = (
    select(func.min(_of_chain.c.seq))
    .where(_of_chain.c.correlation_id == messages.c.correlation_id, _OPEN)
    .scalar_subquery()
)
_examined = (
    select(messages.c.seq)
    .where(messages.c.seq > bindparam("after"), messages.c.seq < bindparam("first_young"))
    .order_by(messages.c.seq)
    .limit(EXAMINED)
    .subquery()
)
_LAST_EXAMINED = select(func.max(_examined.c.seq))
_OLD = (
    select(messages)
    .where(
        messages.c.seq > bindparam("after"),
        messages.c.seq <= bindparam("last"),
        # A message dated in the future by a wrong clock is older than its successors, too.
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
_DELETE = delete(messages).where(messages.c.seq.in_(bindparam("numbers", expanding=True)))
# Recorded, because messages of open chains stay: the first message of the log proves nothing.
_NOTE_PRUNED = (
    update(log_state)
    .where(log_state.c.pruned_through < bindparam("last"))
    .values(pruned_through=bindparam("last"))
)


class Retention:
    """Prunes the log: removes old messages whose chains are finished."""

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
        """Remove messages older than `keep`, in small transactions.

        Chains with unfinished messages or dead letters stay whole. The last message stays, too,
        because SQLite would reuse its number. A repeated message is handled as a new one once the
        original has been removed. Unless `patient`, pruning stops while another process prunes.
        Nothing is removed if the clock may just have jumped: see `believes_the_clock`.

        Yields:
            The number of messages removed by each transaction, which may be 0.

        Raises:
            StoreUnavailable: the database cannot be reached or written.
            OSError: from the archive; messages that it has not stored stay in the log.
        """
        now = self._clock()
        youth = self._youth(now - keep, now)
        if not youth.proves(now, keep):
            return
        bounds = {"now": now, "before": now - keep, "first_young": youth.begins, "after": 0}
        while step := self._retries.until_done(lambda: self._prune(bounds, archive, patient)):
            bounds["after"] = step.last
            yield step.removed

    def _prune(
        self, bounds: dict[str, Any], archive: Archive | None, patient: bool
    ) -> "_Portion | None":
        with self._database.writing(snapshot=False, patient=patient) as connection:
            if not self._database.is_sqlite and not _is_our_turn(connection, patient):
                return None
            last = connection.execute(_LAST_EXAMINED, bounds).scalar_one()
            if last is None:
                return None
            rows = connection.execute(_OLD, bounds | {"last": last}).all()
            if rows:
                self._before_pruning(connection, rows)
                connection.execute(_DELETE, {"numbers": [row.seq for row in rows]})
                connection.execute(_NOTE_PRUNED, {"last": rows[-1].seq})
                if archive is not None:
                    archive(rows)
                connection.commit()
        return _Portion(len(rows), rows[-1].seq if len(rows) == PORTION else last)

    def believes_the_clock(self, keep: timedelta) -> bool:
        """Whether the log shows that the clock has not just jumped.

        That is the case if one of the messages to keep was written at least twelve hours ago. An
        empty log has nothing to remove.
        """
        now = self._clock()
        youth = self._youth(now - keep, now)
        return youth.begins == 0 or youth.proves(now, keep)

    def _youth(self, moment: datetime, now: datetime) -> "_Youth":
        """The first message since a moment, found by binary search, because no index has times.

        Messages dated in the future are skipped. If all messages are older, the last one counts.
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


class _Portion(NamedTuple):
    removed: int
    last: int


class _Dated(NamedTuple):
    seq: int
    at: datetime


class _Youth(NamedTuple):
    """The number and the time of the first message to be kept; 0 and None in an empty log."""

    begins: int
    at: datetime | None

    def proves(self, now: datetime, keep: timedelta) -> bool:
        """Whether the clock has run long enough since then to be trusted."""
        return self.at is not None and PROVEN <= now - self.at <= keep


def _next(connection: Connection, seq: int, now: datetime) -> _Dated | None:
    row = connection.execute(_NEXT, {"seq": seq, "now": now}).one_or_none()
    return None if row is None else _Dated(row.seq, row.at)
