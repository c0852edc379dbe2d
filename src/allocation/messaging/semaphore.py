"""A semaphore of many units: whoever asks for some waits in line until there are so many."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class WeightedSemaphore:
    """So many units, shared out first come, first served.

    Who asks for much is not passed by those who ask for little: they would keep it waiting for
    ever. Who asks for more than there are waits for all of them.
    """

    def __init__(self, units: int) -> None:
        self._units = units
        self._free = units
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._closed: Exception | None = None

    @property
    def waiting(self) -> int:
        """How many wait for units."""
        return len(self._waiting)

    @asynccontextmanager
    async def acquired(self, units: int, *, within: float | None = None) -> AsyncIterator[None]:
        """Hold so many units as long as this is open; wait for them so many seconds at the most.

        Raises:
            TimeoutError: there were not so many in time.
            Exception: what the semaphore was closed with.
        """
        units = min(units, self._units)
        async with asyncio.timeout(within):
            await self._acquire(units)
        try:
            yield
        finally:
            self._release(units)

    def close(self, error: Exception) -> None:
        """Let nobody wait any more: it is raised where somebody does, now or later."""
        self._closed = error
        for _, turn in self._waiting:
            if not turn.done():
                turn.set_exception(error)
        self._waiting.clear()

    async def _acquire(self, units: int) -> None:
        if not self._waiting and units <= self._free:
            self._free -= units
            return
        if self._closed is not None:
            raise self._closed
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((units, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._release(units)  # its turn has come at the same moment
            else:
                self._grant()  # those behind it may have waited for nothing but it
            raise

    def _release(self, units: int) -> None:
        self._free += units
        self._grant()

    def _grant(self) -> None:
        while self._waiting:
            units, turn = self._waiting[0]
            if turn.done():  # whoever waited has gone
                self._waiting.popleft()
            elif units <= self._free:
                self._waiting.popleft()
                self._free -= units
                turn.set_result(None)
            else:
                return
