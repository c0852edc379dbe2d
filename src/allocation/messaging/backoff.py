"""How long to wait before the next attempt, and how often to try."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """Twice as long after every failure, from `first` up to `longest`; then never again.

    With the limit as it is, attempts are made for about a day.
    """

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=5)
    limit: int = 300
    """Attempts after which a message is given up, and set aside as a dead letter."""
    chance: Callable[[], float] = random.random
    """A number from 0 to 1: how much of the last quarter of a pause is waited, so that
    what failed together is not tried again together."""

    def after(self, attempts: int) -> timedelta | None:
        """The pause after this many failed attempts, the last included; None to give up."""
        if attempts >= self.limit:
            return None
        doublings = min(max(attempts - 1, 0), 30)
        return min(self.first * (1 << doublings), self.longest) * (3 + self.chance()) / 4
