"""Runs synchronous code in a greenlet on the event loop; `await_` suspends it without blocking.

Code that waits for the database therefore exists once, not in a synchronous and an asynchronous
version, and needs no thread, which would wait for the GIL as long as for the database (ADR 7).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Final, TypeVar

from greenlet import getcurrent, greenlet

T = TypeVar("T")

_THREADS: Final = ThreadPoolExecutor(thread_name_prefix="allocation")


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


def execution_context() -> object:
    """Identify the thread or greenlet that runs the calling code."""
    return getcurrent()


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
    """Run in a thread of our own pool: slow clients may occupy all threads of the loop's pool."""
    loop, context = asyncio.get_running_loop(), copy_context()
    return await loop.run_in_executor(_THREADS, context.run, act)


def run_blocking(act: Callable[[], T]) -> T:
    """Run code that blocks: in a thread if called on an event loop, else directly."""
    return await_(in_thread(act)) if in_event_loop() else act()
