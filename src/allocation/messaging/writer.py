"""The writer: the one place of a process in which the store is written."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from allocation.messaging.weaving import weave

T = TypeVar("T")


class Writer:
    """Does one thing at a time, in the event loop, which goes on while the store is waited for."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    async def do(self, act: Callable[[], T]) -> T:
        """Have it done, when everything before it is done."""
        async with self._one_at_a_time:
            return await weave(act)
