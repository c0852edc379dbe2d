"""The writer: the one place of a process in which the store is written."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Writer:
    """The event loop itself, which is quickest; or a thread `beside` it.

    A thread is for a store that may have to wait for others, so that the door stays open
    meanwhile.
    """

    def __init__(self, *, beside: bool) -> None:
        self._thread = ThreadPoolExecutor(1, "writer") if beside else None

    async def do(self, act: Callable[[], T]) -> T:
        """Have it done, one thing at a time."""
        if self._thread is not None:
            return await asyncio.get_running_loop().run_in_executor(self._thread, act)
        return act()

    def close(self) -> None:
        """There is nothing more to do."""
        if self._thread is not None:
            self._thread.shutdown()
