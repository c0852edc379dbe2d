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


class _Strand(greenlet):
    """Code that can be left where it waits, and gone on with there."""


async def weave(act: Callable[[], T]) -> T:
    """Run plain code in the loop's thread; where it says `until`, the loop goes on."""
    strand = _Strand(act)
    strand.gr_context = getcurrent().gr_context  # it sees the caller's context variables
    told: Any = strand.switch()
    while not strand.dead:
        try:
            outcome = await told
        except BaseException as error:
            told = strand.throw(error)
        else:
            told = strand.switch(outcome)
    return told  # type: ignore[no-any-return]


def woven() -> bool:
    """Whether the code that asks runs in an event loop, by `weave`."""
    return isinstance(getcurrent(), _Strand)


def strand() -> object:
    """Who runs the code that asks: of a thread, or woven, always the same, and no other's."""
    return getcurrent()


def until(awaited: Awaitable[T]) -> T:
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
    if woven():
        until(asyncio.sleep(seconds))
    else:
        time.sleep(seconds)


async def in_thread(act: Callable[[], T]) -> T:
    """Have it done in a thread, also when all those of the loop are taken by slow readers."""
    loop, context = asyncio.get_running_loop(), copy_context()
    return await loop.run_in_executor(_THREADS, context.run, act)


def elsewhere(act: Callable[[], T]) -> T:
    """Have it done in a thread, if it would hold up an event loop here."""
    return until(in_thread(act)) if woven() else act()
