"""The writer: the one place of a process in which the store is written."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Final, TypeVar

from allocation.messaging.errors import NestedTransaction
from allocation.messaging.weaving import weave

T = TypeVar("T")


class _Done:
    """What comes after the last step."""


_DONE: Final = _Done()


class Writer:
    """Does one thing at a time, in the event loop, which goes on while the store is waited for."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._at_work: asyncio.Task[object] | None = None

    async def do(self, act: Callable[[], T]) -> T:
        """Have it done, when everything before it is done.

        Raises:
            NestedTransaction: it is asked for by what is being done, which it would wait for.
        """
        self.refuse_what_is_done_itself()
        async with self._one_at_a_time:
            self._at_work = asyncio.current_task()
            try:
                return await weave(act)
            finally:
                self._at_work = None

    def refuse_what_is_done_itself(self) -> None:
        """What is being done must not wait for what comes after it.

        Raises:
            NestedTransaction: it is what asks.
        """
        if self._at_work is not None and self._at_work is asyncio.current_task():
            raise NestedTransaction()

    async def each(self, steps: Iterator[T]) -> AsyncIterator[T]:
        """Have one step done after the other; in between, others have their turn."""
        while not isinstance(step := await self.do(partial(next, steps, _DONE)), _Done):
            yield step
            await asyncio.sleep(0)
