"""Runs synchronous code in a greenlet on the event loop; `await_` suspends it without blocking.

Code that waits for the database therefore exists once instead of in a synchronous and an
asynchronous version. It needs no thread, which would spend as long waiting for the GIL as for the
database (ADR 7).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, Final, TypeVar

from greenlet import getcurrent, greenlet

from allocation.messaging.errors import NestedTransaction

T = TypeVar("T")

_THREADS: Final = ThreadPoolExecutor(thread_name_prefix="allocation")

execution_context: Final[Callable[[], object]] = getcurrent
"""Identifies the thread or greenlet that runs the calling code."""


class _SyncGreenlet(greenlet):
    """A greenlet that `run_sync` has started."""


async def run_sync(act: Callable[[], T]) -> T:
    """Run synchronous code in a greenlet on the event loop; `await_` inside suspends it."""
    context = _SyncGreenlet(act)
    context.gr_context = getcurrent().gr_context  # the caller's context variables
    # The greenlet switches back with an awaitable, or at its end with its return value.
    switched: Any = context.switch()
    while not context.dead:
        try:
            result = await switched
        except BaseException as error:
            switched = context.throw(error)
        else:
            switched = context.switch(result)
    return switched  # type: ignore[no-any-return]


def in_event_loop() -> bool:
    """Whether the calling code was started by `run_sync`."""
    return isinstance(getcurrent(), _SyncGreenlet)


def await_(awaited: Awaitable[T]) -> T:
    """Wait for an awaitable in code that `run_sync` has started, without blocking the loop.

    Raises:
        RuntimeError: the calling code was not started by `run_sync`.
    """
    loop = getcurrent().parent
    if loop is None:
        raise RuntimeError("there is no event loop: await_() was called outside run_sync()")
    return loop.switch(awaited)  # type: ignore[no-any-return]


def sleep(seconds: float) -> None:
    """Sleep, without blocking the event loop if there is one."""
    if in_event_loop():
        await_(asyncio.sleep(seconds))
    else:
        time.sleep(seconds)


async def in_thread(act: Callable[[], T]) -> T:
    """Run in a thread of this module's pool; slow clients may occupy all threads of the loop's."""
    loop, context = asyncio.get_running_loop(), copy_context()
    return await loop.run_in_executor(_THREADS, context.run, act)


def run_blocking(act: Callable[[], T]) -> T:
    """Run code that blocks: in a thread if called on an event loop, else directly."""
    return await_(in_thread(act)) if in_event_loop() else act()


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
            NestedTransaction: called by the running job, which would deadlock.
        """
        self.check_not_nested()
        async with self._lock:
            self._holder = asyncio.current_task()
            try:
                return await run_sync(act)
            finally:
                self._holder = None

    def check_not_nested(self) -> None:
        """Check that the caller is not the running job, which would wait for itself.

        Raises:
            NestedTransaction: the caller is the running job.
        """
        if self._holder is not None and self._holder is asyncio.current_task():
            raise NestedTransaction()

    async def each(self, steps: Iterator[T]) -> AsyncIterator[T]:
        """Run the steps one by one; other jobs may run between any two of them."""
        while not isinstance(step := await self.do(partial(next, steps, _DONE)), _Done):
            yield step
            await asyncio.sleep(0)
