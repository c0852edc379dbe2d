"""A task that runs beside the worker of a server, such as the simulation of the demo."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from allocation.bootstrap import Worker

Companion = Callable[[Worker], Coroutine[Any, Any, None]]
"""Runs on the event loop of the server, which cancels it when it stops; handles its own errors."""


async def no_companion(_worker: Worker) -> None:
    """The companion of an ordinary server, which has none."""


@asynccontextmanager
async def accompanied(worker: Worker, companion: Companion) -> AsyncIterator[None]:
    """Run a companion while the context is open."""
    task = asyncio.create_task(companion(worker))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
