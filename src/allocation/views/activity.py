"""Queries of how many messages the log has taken in lately, minute by minute.

The log has no index of times, but its numbers are about in the order of time. So the number at a
point in time is cached by a search from the end, of which the price does not depend on the length
of the log. Numbers without a message, which PostgreSQL may leave, are counted too.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import messages

MINUTES: Final = 60
"""The number of minutes that are counted, of which the last is not over yet."""

RECENT: Final = timedelta(seconds=10)
"""The span of time of which the present rate is the mean."""

_MINUTE: Final = timedelta(minutes=1)
_END: Final = 2**62
_STRIDE: Final = 8
_LAST: Final = (
    select(messages.c.seq, messages.c.at)
    .where(messages.c.seq <= bindparam("number"))
    .order_by(messages.c.seq.desc())
    .limit(1)
)


class Minute(NamedTuple):
    """A minute, and the number of messages that the log took in while it lasted."""

    begin: datetime
    messages: int


class Activity(NamedTuple):
    """What the log has taken in: minutes, the oldest first, and the present rate per second."""

    minutes: list[Minute]
    rate: float

    @property
    def messages(self) -> int:
        """The number of messages in all of the minutes."""
        return sum(minute.messages for minute in self.minutes)


class LogEntry(NamedTuple):
    """The number of a message, and when it was taken in."""

    number: int
    at: datetime


LastUpTo = Callable[[int], LogEntry | None]
"""Finds the last entry of which the number is not greater than this one."""


def last_before(moment: datetime, end: int, last_up_to: LastUpTo) -> int:
    """The number of the last entry before a point in time; at most `end`, 0 if there is none.

    Steps back from the end with growing strides, and then halves the last stride.
    """
    later, stride = end + 1, 1
    while True:
        earlier = max(0, later - stride)
        entry = last_up_to(earlier)
        if entry is None or entry.at < moment:
            break
        later, stride = entry.number, stride * _STRIDE
    while later - earlier > 1:
        middle = (earlier + later) // 2
        entry = last_up_to(middle)
        if entry is None or entry.at < moment:
            earlier = middle
        else:
            later = entry.number
    return earlier


class ActivityViews:
    """Queries of what the log has taken in lately."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._before: dict[datetime, int] = {}
        """The last number before each of the minutes: it does not change any more."""

    def last_hour(self, now: datetime) -> Activity:
        """The messages of the last sixty minutes."""
        last_begin = now.replace(second=0, microsecond=0)
        begins = [last_begin - _MINUTE * ago for ago in reversed(range(MINUTES))]
        with self._database.reading() as connection:
            last_up_to = partial(_last_up_to, connection)
            last = last_up_to(_END)
            end = 0 if last is None else last.number
            before = self._numbers_before(begins, end, last_up_to)
            recent = end - last_before(now - RECENT, end, last_up_to)
        self._before = before  # at once: several threads may be here
        places = [*(before[begin] for begin in begins), end]
        counts = [max(0, after - before) for before, after in pairwise(places)]
        return Activity(list(map(Minute, begins, counts)), recent / RECENT.total_seconds())

    def _numbers_before(
        self, begins: Sequence[datetime], end: int, last_up_to: LastUpTo
    ) -> dict[datetime, int]:
        """The last number before each minute; those that are cached are not searched for again."""
        numbers, cached = dict[datetime, int](), self._before
        for begin in reversed(begins):
            number = cached.get(begin)
            end = last_before(begin, end, last_up_to) if number is None else number
            numbers[begin] = end
        return numbers


def _last_up_to(connection: Connection, number: int) -> LogEntry | None:
    row = connection.execute(_LAST, {"number": number}).one_or_none()
    return None if row is None else LogEntry(row.seq, row.at)
