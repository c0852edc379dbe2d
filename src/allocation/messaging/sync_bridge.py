"""Plain code woven into the event loop: while it waits, the loop goes on.

What waits for the database is neither written twice, once with `await` and once without, nor
handed to a thread, which would wait for Python's lock as long as for the database (ADR 7).
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
    """Code that can be left where it waits, and gone on with there."""


async def run_sync(act: Callable[[], T]) -> T:
    """Run plain code in the loop's thread; where it says `await_`, the loop goes on."""
    execution_context = _SyncGreenlet(act)
    execution_context.gr_context = getcurrent().gr_context  # it sees the caller's context variables
    told: Any = execution_context.switch()
    while not execution_context.dead:
        try:
            outcome = await told
        except BaseException as error:
            told = execution_context.throw(error)
        else:
            told = execution_context.switch(outcome)
    return told  # type: ignore[no-any-return]


def in_event_loop() -> bool:
    """Whether the code that asks runs in an event loop, by `run_sync`."""
    return isinstance(getcurrent(), _SyncGreenlet)


def execution_context() -> object:
    """Who runs the code that asks: of a thread, or woven, always the same, and no other's."""
    return getcurrent()


def await_(awaited: Awaitable[T]) -> T:
    """What is awaited, for woven code; the loop goes on until then.

    Raises:
        RuntimeError: the code is not woven.
    """
    loop = getcurrent().parent
    if loop is None:
        raise RuntimeError("there is no event loop that could go on")
    return loop.switch(awaited)  # type: ignore[no-any-return]


def sleep(seconds: float) -> None:
    """Wait for so long, woven or not."""
    if in_event_loop():
        await_(asyncio.sleep(seconds))
    else:
        time.sleep(seconds)


async def in_thread(act: Callable[[], T]) -> T:
    """Have it done in a thread, also when all those of the loop are taken by slow readers."""
    loop, context = asyncio.get_running_loop(), copy_context()
    return await loop.run_in_executor(_THREADS, context.run, act)


def run_blocking(act: Callable[[], T]) -> T:
    """Have it done in a thread, if it would hold up an event loop here."""
    return await_(in_thread(act)) if in_event_loop() else act()
