"""What a clock that was ahead has put off, and how it is told from what another server puts off."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from allocation.messaging.log import Entry
from allocation.messaging.retry import LONGEST_DELAY

LOOK_AGAIN: Final = timedelta(minutes=1)
"""Between one look for what is due too far ahead and the next."""

ABSURD: Final = timedelta(days=1)
"""No clocks of two servers that are both running differ by as much."""

AT_ONCE: Final = 1000
"""Entries that are looked at together; those that are due last are the first."""


def farthest(now: datetime) -> datetime:
    """The latest time at which anything that was put off by a right clock is due."""
    return _later(now, LONGEST_DELAY)


class Watch:
    """Knows how long entries that are due too far ahead have stayed as they are.

    A server whose clock is ahead of this one has a lease, or a pause, that seems too
    long. It changes the entry when that is over. Only an entry that stays the same for the
    longest pause has nobody who goes on with it; for that, two looks are needed. A
    command that ends has one look only: what is due more than a day ahead waits for the longest
    pause, and that is written down.
    """

    def __init__(self) -> None:
        self._looked_at: datetime | None = None
        self._since: dict[tuple[str, datetime | None, int], datetime] = {}

    def is_time(self, now: datetime) -> bool:
        """Whether to look again; at once when the clock has been put back."""
        last = self._looked_at
        return last is None or not last <= now < _later(last, LOOK_AGAIN)

    def put_right(self, ahead: Sequence[Entry], now: datetime) -> list[Entry]:
        """Those that are to be due at another time, of all that are due too far ahead."""
        if self._looked_at is not None and now < self._looked_at:
            self._since = {}
        self._looked_at = now
        keys = [(entry.envelope.id, entry.due, entry.attempts) for entry in ahead]
        self._since = {key: self._since.get(key, now) for key in keys}
        right = []
        for entry, key in zip(ahead, keys, strict=True):
            if now >= _later(self._since[key], LONGEST_DELAY):
                right.append(entry._replace(due=now))
            elif entry.due is not None and entry.due > _later(now, ABSURD):
                right.append(entry._replace(due=farthest(now)))
        return right


def _later(moment: datetime, pause: timedelta) -> datetime:
    try:
        return moment + pause
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
