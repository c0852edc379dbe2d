"""The clock of the demo."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

MINUTES_PER_DAY: Final = 1440


class SimulatedClock:
    """A clock that jumps from one scheduled moment to the next, and runs in real time in between.

    The short delays of a server, such as the lease of a delivery, therefore mean what they mean by
    an ordinary clock.
    """

    def __init__(
        self,
        opening: datetime,
        days_per_minute: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """The moments up to the `opening` are reached without waiting."""
        self._opening = opening
        self._speed = days_per_minute * MINUTES_PER_DAY
        self._monotonic = monotonic
        self._jump = opening - timedelta(days=36_500), monotonic()

    def __call__(self) -> datetime:
        """The simulated time."""
        moment, reached = self._jump
        return moment + timedelta(seconds=self._monotonic() - reached)

    def jump(self, moment: datetime) -> None:
        """Go to a moment at once, unless it has passed."""
        self._jump = max(moment, self()), self._monotonic()

    def seconds_to(self, moment: datetime) -> float:
        """The real seconds until a moment is reached at the speed of the simulation."""
        last, reached = self._jump
        ahead = (moment - max(last, self._opening)).total_seconds() / self._speed
        return max(0.0, ahead - (self._monotonic() - reached))

    async def reach(self, moment: datetime) -> None:
        """Wait for a moment at the speed of the simulation."""
        await asyncio.sleep(self.seconds_to(moment))
        self.jump(moment)
