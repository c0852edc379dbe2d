"""How long to wait before the next attempt, and how often to try."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

LONGEST: Final = timedelta(minutes=5)
"""Nothing is put off for longer: what is due later was put off by a clock that is ahead."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Twice as long after every failure, from `first` up to `longest`; then never again.

    With the limit as it is, attempts are made for about a day.
    """

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = LONGEST
    limit: int = 300
    """Attempts after which a message is given up, and set aside as a dead letter."""
    limit_refused: int = 5
    """Refusals for good in a row after which it is; what refuses it may be mended meanwhile."""
    chance: Callable[[], float] = random.random
    """A number from 0 to 1: how much of the last quarter of a pause is waited, so that
    what failed together is not tried again together."""

    def after(self, attempts: int, *, refusals: int = 0) -> timedelta | None:
        """The pause after this many failed attempts, the last included; None to give up.

        The last of them were as many `refusals` for good in a row: from the second on, the
        pause is the longest.
        """
        if attempts >= self.limit or refusals >= self.limit_refused:
            return None
        doublings = min(max(attempts - 1, 0), 30)
        pause = self.longest if refusals > 1 else min(self.first * (1 << doublings), self.longest)
        return pause * (3 + self.chance()) / 4
