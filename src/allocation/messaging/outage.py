"""An outage of the store: told when it begins, now and then while it lasts, and when it is over."""

import logging
import time
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

TELL_AGAIN: Final = 60.0
"""Seconds after which an outage that lasts is told again."""


class Outage:
    """Whether the store fails; every part of a process that uses it reports to this one.

    So one trouble is one line in the log, however many messages and rounds it meets. It is over
    when each part that has failed has succeeded: where the disk is full, reading goes on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failing: set[str] = set()
        self._began = 0.0
        self._told = 0.0
        self._failures = 0
        self.error: Exception | None = None
        """What failed last, while the outage lasts."""
        self.last_failure: float | None = None
        """When, by the clock; also when the outage is over."""

    def failed(self, part: str, error: Exception) -> None:
        """A part of the process, named by what it does, has met trouble with the store."""
        now = self._clock()
        begins = not self._failing
        if begins:
            self._began, self._failures = now, 0
        self._failing.add(part)
        self._failures += 1
        self.error, self.last_failure = error, now
        if begins:
            self._told = now
            logger.error("%s later: the database is not available: %s", part, error)
        elif now - self._told >= TELL_AGAIN:
            self._told = now
            lasted = now - self._began
            told = "the database is still not available after %.0f s and %d failures: %s"
            logger.error(told, lasted, self._failures, error)

    def succeeded(self, part: str) -> None:
        """That part has no trouble any more."""
        if part not in self._failing:
            return
        self._failing.remove(part)
        if not self._failing:
            lasted = self._clock() - self._began
            told = "the database is available again after %.0f s and %d failures"
            logger.warning(told, lasted, self._failures)
            self.error = None
