"""Repairs due times that a clock running ahead has set too far in the future."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from allocation.messaging.log import Clock, Entry
from allocation.messaging.ports import Store
from allocation.messaging.retry import LONGEST_DELAY, RetryPolicy

CHECK_INTERVAL: Final = timedelta(minutes=1)
"""The time between two checks for entries that are due too far ahead."""

MAX_SKEW: Final = timedelta(days=1)
"""The clocks of two running servers never differ by more than this."""

CHECK_LIMIT: Final = 1000
"""The maximum number of entries per check, latest due time first."""


def latest_due_time(now: datetime) -> datetime:
    """The latest due time that a correct clock can have set."""
    return _add(now, LONGEST_DELAY)


class DueTimes:
    """The due times of a log, which are checked at most once a minute."""

    def __init__(self, store: Store, clock: Clock, retries: RetryPolicy) -> None:
        self._store = store
        self._clock = clock
        self._retries = retries
        self._check = _SkewCheck()

    def repair(self) -> None:
        """Check the unfinished messages, unless that was done in the last minute.

        Raises:
            Conflict: another writer was faster at every attempt.
            StoreUnavailable: the database cannot be reached or written.
        """
        if self._check.is_due(self._clock()):
            self._retries.unless_unavailable(self._repair)

    def _repair(self) -> None:
        with self._store.begin() as transaction:
            now = self._clock()
            corrected = self._check.corrected(transaction.ahead(CHECK_LIMIT, now), now)
            for entry in corrected:
                transaction.write(entry)
            if corrected:
                transaction.commit()


class _SkewCheck:
    """Remembers how long each entry that is due too far ahead has been unchanged.

    The leases and delays of a server whose clock is ahead of this one seem too long, but that
    server changes its entries when they expire. Only an entry that stays unchanged for the
    longest delay is abandoned, and detecting that takes two checks. A command makes only one
    check before it exits: it moves entries due more than a day ahead to the longest delay from now.
    """

    def __init__(self) -> None:
        self._last_check: datetime | None = None
        self._unchanged_since: dict[tuple[str, datetime | None, int], datetime] = {}

    def is_due(self, now: datetime) -> bool:
        """Whether to check now: after the interval, or when the clock has been set back."""
        last = self._last_check
        return last is None or not last <= now < _add(last, CHECK_INTERVAL)

    def corrected(self, ahead: Sequence[Entry], now: datetime) -> list[Entry]:
        """Check the entries that are due too far ahead; return the corrected ones."""
        if self._last_check is not None and now < self._last_check:
            self._unchanged_since = {}
        self._last_check = now
        keys = [(entry.envelope.id, entry.due, entry.attempts) for entry in ahead]
        self._unchanged_since = {key: self._unchanged_since.get(key, now) for key in keys}
        corrected = []
        for entry, key in zip(ahead, keys, strict=True):
            if now >= _add(self._unchanged_since[key], LONGEST_DELAY):
                corrected.append(entry._replace(due=now))
            elif entry.due is not None and entry.due > _add(now, MAX_SKEW):
                corrected.append(entry._replace(due=latest_due_time(now)))
        return corrected


def _add(time: datetime, delta: timedelta) -> datetime:
    try:
        return time + delta
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
