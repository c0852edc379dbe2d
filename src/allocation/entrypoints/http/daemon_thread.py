"""Work in a thread that does not keep the process from exiting, even if it hangs."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def in_daemon_thread(call: Callable[[], T], name: str) -> "asyncio.Future[T]":
    """Call a function that blocks; the future has its result, or the exception that it raised."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: Exception | None) -> None:
        if result.done():  # nobody waits for it any more
            return
        if error is None:
            result.set_result(value)  # type: ignore[arg-type]  # what `call` has returned
        else:
            result.set_exception(error)

    def run_call() -> None:
        value, failure = None, None
        try:
            value = call()
        except Exception as error:
            failure = error
        with suppress(RuntimeError):  # the loop has been closed
            loop.call_soon_threadsafe(settle, value, failure)

    Thread(target=run_call, name=name, daemon=True).start()
    return result
