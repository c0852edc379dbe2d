"""Trying again what somebody else, or trouble with the database, has come in the way of."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from allocation.messaging import weaving
from allocation.messaging.errors import Conflict, StoreUnavailable

T = TypeVar("T")

PAUSES: Final = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.0, 1.0, 1.0)
"""Seconds between one attempt and the next: five in all, in which a database restarts."""

PATIENCE: Final = 10.0
"""Seconds after which no other attempt begins, however long those before have taken."""


@dataclass(frozen=True, slots=True)
class Retries:
    """Attempts with pauses that grow, and that differ, so that those who met part again."""

    pauses: Sequence[float] = PAUSES
    sleep: Callable[[float], None] = weaving.sleep
    chance: Callable[[], float] = random.random
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
        last = self.clock() + PATIENCE
        for pause in self.pauses:
            try:
                return attempt()
            except trouble:
                if self.clock() > last:
                    raise
                self.sleep(pause * (1 + self.chance()) / 2)
        return attempt()
