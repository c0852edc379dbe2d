"""The writer: the one place of a process in which the store is written."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Final, TypeVar

from allocation.messaging.errors import NestedTransaction
from allocation.messaging.sync_bridge import run_sync

T = TypeVar("T")


class _Done:
    """What comes after the last step."""


_DONE: Final = _Done()


class WriteLock:
    """Does one thing at a time, in the event loop, which goes on while the store is waited for."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._holder: asyncio.Task[object] | None = None

    async def do(self, act: Callable[[], T]) -> T:
        """Have it done, when everything before it is done.

        Raises:
            NestedTransaction: it is asked for by what is being done, which it would wait for.
        """
        self.check_not_nested()
        async with self._lock:
            self._holder = asyncio.current_task()
            try:
                return await run_sync(act)
            finally:
                self._holder = None

    def check_not_nested(self) -> None:
        """What is being done must not wait for what comes after it.

        Raises:
            NestedTransaction: it is what asks.
        """
        if self._holder is not None and self._holder is asyncio.current_task():
            raise NestedTransaction()

    async def each(self, steps: Iterator[T]) -> AsyncIterator[T]:
        """Have one step done after the other; in between, others have their turn."""
        while not isinstance(step := await self.do(partial(next, steps, _DONE)), _Done):
            yield step
            await asyncio.sleep(0)
