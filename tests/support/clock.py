"""Time and ids that a test has in its hands."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

THE_END: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""By then everything is due that ever will be."""


class VirtualClock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def go_on(self, *, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


class TickingClock(VirtualClock):
    """Goes on by a second whenever it is read."""

    def __call__(self) -> datetime:
        """The time, a second after the last."""
        self.go_on(seconds=1)
        return self.now


class Stopwatch:
    """A monotonic clock, in seconds, which stands still until it is told to go on."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.seconds


class Ids:
    """Makes the ids m1, m2, …"""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self) -> str:
        """The next one."""
        return f"m{next(self._numbers)}"
