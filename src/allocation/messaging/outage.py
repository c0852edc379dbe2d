"""An outage of the store: logged when it begins, each minute while it lasts, and at its end."""

import logging
import time
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

LOG_INTERVAL: Final = 60.0
"""Seconds between log lines about the same outage."""


class Outage:
    """The current outage of the store, as reported by the parts of the process that use it.

    An outage is logged once, however many messages and tasks it affects. It ends when every part
    that failed has succeeded again: with a full disk, for example, reads still succeed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failing: set[str] = set()
        self._began = 0.0
        self._logged_at = 0.0
        self._failures = 0
        self.error: Exception | None = None
        """The last error, while the outage lasts."""
        self.last_failure: float | None = None
        """The time of the last failure by the clock, even after the outage."""

    def failed(self, part: str, error: Exception) -> None:
        """Report that a part of the process, such as "maintenance", failed on the store."""
        now = self._clock()
        begins = not self._failing
        if begins:
            self._began, self._failures = now, 0
        self._failing.add(part)
        self._failures += 1
        self.error, self.last_failure = error, now
        if begins:
            self._logged_at = now
            logger.error("%s failed: the database is not available: %s", part, error)
        elif now - self._logged_at >= LOG_INTERVAL:
            self._logged_at = now
            message = "the database is still not available after %.0f s and %d failures: %s"
            logger.error(message, now - self._began, self._failures, error)

    def succeeded(self, part: str) -> None:
        """Report that a part of the process used the store successfully."""
        if part not in self._failing:
            return
        self._failing.remove(part)
        if not self._failing:
            duration = self._clock() - self._began
            message = "the database is available again after %.0f s and %d failures"
            logger.warning(message, duration, self._failures)
            self.error = None
