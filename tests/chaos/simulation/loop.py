"""An event loop in simulated time: when nothing is left to do, time passes."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any, Final

from allocation.messaging import sync_bridge
from allocation.messaging.sync_bridge import in_event_loop

HAND_OVER: Final = 0.05
"""Seconds, at the most, after which another thread begins with what it was given."""

LINGERING: Final = 0.05
"""Seconds, at the most, for which a database is waited for."""


class Stuck(Exception):
    """Everybody waits for somebody else."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Only sleeping takes time; threads are later moments of the same loop."""

    def __init__(self, rng: Random) -> None:
        super().__init__()
        self._selector = self
        self._rng = rng
        self._now = 0.0
        self.set_exception_handler(lambda *_: None)  # dead processes are not told about

    def time(self) -> float:
        """Seconds since the world began."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let plain code sleep: woven, or one that keeps the loop from going on meanwhile."""
        if in_event_loop():
            sync_bridge.sleep(seconds)
        else:
            self._now += seconds

    def linger(self, maximum: float = LINGERING) -> None:
        """Let plain code wait a moment for its database, if it is woven."""
        if in_event_loop():
            sync_bridge.sleep(maximum * self._rng.random())

    def select(self, timeout: float | None) -> list[Any]:
        """Sleep until the next moment at which something is to happen."""
        if timeout is None:
            raise Stuck
        self._now += timeout
        return []

    def run_in_executor(  # type: ignore[override]  # a future of ours is as good
        self, executor: object, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        """Run the function a little later, as a thread would."""
        future = self.create_future()
        self.call_later(HAND_OVER * self._rng.random(), _run, future, func, args)
        return future

    def end(self) -> None:
        """Cancel all tasks, and close the loop."""
        for task in asyncio.all_tasks(self):
            task.cancel()
        self.run_until_complete(asyncio.sleep(0))
        self.close()

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


def _run(future: "asyncio.Future[Any]", func: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        result = func(*args)
    except BaseException as error:
        if not future.done():
            future.set_exception(error)
    else:
        if not future.done():
            future.set_result(result)
