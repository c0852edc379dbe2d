"""The writer: the one place of a process in which the store is written."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Final, TypeVar

from allocation.messaging.weaving import weave

T = TypeVar("T")


class _Done:
    """What comes after the last step."""


_DONE: Final = _Done()


class Writer:
    """Does one thing at a time, in the event loop, which goes on while the store is waited for."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    async def do(self, act: Callable[[], T]) -> T:
        """Have it done, when everything before it is done."""
        async with self._one_at_a_time:
            return await weave(act)

    async def each(self, steps: Iterator[T]) -> AsyncIterator[T]:
        """Have one step done after the other; in between, others have their turn."""
        while not isinstance(step := await self.do(partial(next, steps, _DONE)), _Done):
            yield step
            await asyncio.sleep(0)
