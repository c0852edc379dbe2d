"""Retries: `RetryPolicy` for transactions, in process; `Backoff` for messages, across restarts."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from allocation.messaging import sync_bridge
from allocation.messaging.errors import Conflict, StoreUnavailable

T = TypeVar("T")

DELAYS: Final = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.0, 1.0, 1.0)
"""Seconds between attempts: about five in all, enough for a database to restart."""

DEADLINE: Final = 10.0
"""Seconds after which no further attempt starts, however long the earlier ones took."""

LONGEST_DELAY: Final = timedelta(minutes=5)
"""The longest delay of a message; a later due time was set by a clock that is ahead."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Retries a transaction with growing delays; jitter keeps writers from colliding again."""

    delays: Sequence[float] = DELAYS
    sleep: Callable[[float], None] = sync_bridge.sleep
    jitter: Callable[[], float] = random.random
    """Returns a number from 0 to 1: the fraction of the second half of a delay to wait."""
    clock: Callable[[], float] = time.monotonic
    """Returns seconds since an arbitrary start."""

    def until_done(self, attempt: Callable[[], T]) -> T:
        """Retry on conflicts and while the database is unavailable; return the result.

        Raises:
            Conflict: another writer was faster at every attempt.
            StoreUnavailable: the database could not be reached or written at any attempt.
        """
        return self._retry(attempt, (Conflict, StoreUnavailable))

    def unless_unavailable(self, attempt: Callable[[], T]) -> T:
        """Retry on conflicts only; return the result.

        Raises:
            Conflict: another writer was faster at every attempt.
            StoreUnavailable: the database cannot be reached or written.
        """
        return self._retry(attempt, (Conflict,))

    def _retry(self, attempt: Callable[[], T], retryable: tuple[type[Exception], ...]) -> T:
        deadline = self.clock() + DEADLINE
        for delay in self.delays:
            try:
                return attempt()
            except retryable:
                if self.clock() > deadline:
                    raise
                self.sleep(delay * (1 + self.jitter()) / 2)
        return attempt()


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off of a message: the delay doubles from `initial` up to `maximum`.

    With the defaults, `max_attempts` take about a day.
    """

    initial: timedelta = timedelta(seconds=1)
    maximum: timedelta = LONGEST_DELAY
    max_attempts: int = 300
    """Failed attempts after which a message becomes a dead letter."""
    max_refusals: int = 5
    """Consecutive permanent refusals after which a message becomes a dead letter: more than
    one, since the receiver's fault may be repaired in the meantime."""
    jitter: Callable[[], float] = random.random
    """Returns a number from 0 to 1: the fraction of the last quarter of a delay to wait, so that
    messages that failed together are not retried together."""

    def after(self, attempts: int, *, refusals: int = 0) -> timedelta | None:
        """The delay before the next attempt, or None to give up.

        Args:
            attempts: the number of failed attempts, the last included.
            refusals: how many of the last attempts were consecutive permanent refusals; from
                the second on, the delay is the maximum.
        """
        if attempts >= self.max_attempts or refusals >= self.max_refusals:
            return None
        doublings = min(max(attempts - 1, 0), 30)
        delay = self.maximum if refusals > 1 else min(self.initial * (1 << doublings), self.maximum)
        return delay * (3 + self.jitter()) / 4
