"""A weighted semaphore: a caller acquires any number of units, first come, first served."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class WeightedSemaphore:
    """A semaphore with many units, granted first come, first served.

    A small request does not overtake a large one, which would otherwise starve. A request for
    more units than exist waits for all of them.
    """

    def __init__(self, units: int) -> None:
        self._units = units
        self._free = units
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._closed: Exception | None = None

    @property
    def waiting(self) -> int:
        """The number of callers waiting for units."""
        return len(self._waiting)

    @asynccontextmanager
    async def acquired(self, units: int, *, within: float | None = None) -> AsyncIterator[None]:
        """Hold a number of units for the duration of the context.

        Raises:
            TimeoutError: the units were not free `within` this number of seconds.
            Exception: the error passed to `close`.
        """
        units = min(units, self._units)
        async with asyncio.timeout(within):
            await self._acquire(units)
        try:
            yield
        finally:
            self._release(units)

    def close(self, error: Exception) -> None:
        """Raise an error in every caller that waits now or would wait later."""
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
                self._release(units)  # granted at the same moment
            else:
                self._grant()  # later callers may have waited only for this one
            raise

    def _release(self, units: int) -> None:
        self._free += units
        self._grant()

    def _grant(self) -> None:
        while self._waiting:
            units, turn = self._waiting[0]
            if turn.done():  # the caller was cancelled
                self._waiting.popleft()
            elif units <= self._free:
                self._waiting.popleft()
                self._free -= units
                turn.set_result(None)
            else:
                return
