"""Retries: of a transaction, at once, and of a message, with a back-off that the log records."""

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
"""Seconds between one attempt and the next: five in all, in which a database restarts."""

DEADLINE: Final = 10.0
"""Seconds after which no other attempt begins, however long those before have taken."""

LONGEST_DELAY: Final = timedelta(minutes=5)
"""Of a message; one that is due later was put off by a clock that is ahead."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Attempts with pauses that grow, and that differ, so that those who met part again."""

    delays: Sequence[float] = DELAYS
    sleep: Callable[[float], None] = sync_bridge.sleep
    jitter: Callable[[], float] = random.random
    """A number from 0 to 1: how much of the second half of a pause is waited."""
    clock: Callable[[], float] = time.monotonic
    """Seconds, from whenever."""

    def until_done(self, attempt: Callable[[], T]) -> T:
        """What the attempt returns when nothing comes in its way.

        Raises:
            Conflict: somebody else was faster, every time.
            StoreUnavailable: the database cannot be reached or written, every time.
        """
        return self._tried(attempt, (Conflict, StoreUnavailable))

    def unless_unavailable(self, attempt: Callable[[], T]) -> T:
        """The same, but the database is given one chance only."""
        return self._tried(attempt, (Conflict,))

    def _tried(self, attempt: Callable[[], T], trouble: tuple[type[Exception], ...]) -> T:
        last = self.clock() + DEADLINE
        for pause in self.delays:
            try:
                return attempt()
            except trouble:
                if self.clock() > last:
                    raise
                self.sleep(pause * (1 + self.jitter()) / 2)
        return attempt()


@dataclass(frozen=True, slots=True)
class Backoff:
    """Twice as long after every failure, from `initial` up to `maximum`, for `max_attempts`.

    With the defaults, attempts are made for about a day.
    """

    initial: timedelta = timedelta(seconds=1)
    maximum: timedelta = LONGEST_DELAY
    max_attempts: int = 300
    """Attempts after which a message is given up, and set aside as a dead letter."""
    max_refusals: int = 5
    """Refusals for good in a row after which it is; what refuses it may be mended meanwhile."""
    jitter: Callable[[], float] = random.random
    """A number from 0 to 1: how much of the last quarter of a pause is waited, so that
    what failed together is not tried again together."""

    def after(self, attempts: int, *, refusals: int = 0) -> timedelta | None:
        """The pause after this many failed attempts, the last included; None to give up.

        The last of them were as many `refusals` for good in a row: from the second on, the
        pause is the longest.
        """
        if attempts >= self.max_attempts or refusals >= self.max_refusals:
            return None
        doublings = min(max(attempts - 1, 0), 30)
        pause = self.maximum if refusals > 1 else min(self.initial * (1 << doublings), self.maximum)
        return pause * (3 + self.jitter()) / 4
