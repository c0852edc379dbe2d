"""The lock that serialises all writes of a process to the store."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Final, TypeVar

from allocation.messaging.errors import NestedTransaction
from allocation.messaging.sync_bridge import run_sync

T = TypeVar("T")


class _Done:
    """Marks the end of the steps."""


_DONE: Final = _Done()


class WriteLock:
    """Runs one job on the store at a time, on the event loop and without blocking it."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._holder: asyncio.Task[object] | None = None

    async def do(self, act: Callable[[], T]) -> T:
        """Run a job after all earlier jobs; return its result.

        Raises:
            NestedTransaction: the running job itself asks, which would deadlock.
        """
        self.check_not_nested()
        async with self._lock:
            self._holder = asyncio.current_task()
            try:
                return await run_sync(act)
            finally:
                self._holder = None

    def check_not_nested(self) -> None:
        """Check that the caller is not the running job, which must not wait for another one.

        Raises:
            NestedTransaction: it is.
        """
        if self._holder is not None and self._holder is asyncio.current_task():
            raise NestedTransaction()

    async def each(self, steps: Iterator[T]) -> AsyncIterator[T]:
        """Run the steps one by one; other jobs may run between any two of them."""
        while not isinstance(step := await self.do(partial(next, steps, _DONE)), _Done):
            yield step
            await asyncio.sleep(0)
