"""Plain code in the event loop: the loop goes on while it waits."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import pytest

from allocation.messaging.sync_bridge import (
    WriteLock,
    await_,
    in_event_loop,
    in_thread,
    run_blocking,
    run_sync,
    sleep,
)

variable: ContextVar[str] = ContextVar("told", default="nothing")


class Gate:
    """Where plain code waits until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def go_through(self) -> str:
        self.reached.set()
        return await_(self._opened)

    def open(self, word: str) -> None:
        self._opened.set_result(word)

    def close(self, error: Exception) -> None:
        self._opened.set_exception(error)


async def test_sync_code_runs_in_the_context_of_its_caller() -> None:
    variable.set("something")
    assert await run_sync(variable.get) == "something"


async def test_the_loop_runs_while_sync_code_waits_and_other_sync_code_too() -> None:
    first, second, other = Gate(), Gate(), Gate()
    passing = [
        asyncio.create_task(run_sync(lambda: [first.go_through(), second.go_through()])),
        asyncio.create_task(run_sync(lambda: [other.go_through()])),
    ]
    for gate, word in ((first, "first"), (other, "other"), (second, "second")):
        await gate.reached.wait()
        assert not passing[0].done()
        gate.open(word)
    assert await asyncio.gather(*passing) == [["first", "second"], ["other"]]


async def test_an_error_is_raised_where_sync_code_waits() -> None:
    gate = Gate()

    def act() -> str:
        try:
            return gate.go_through()
        except OSError as error:
            return f"met {error}"

    passing = asyncio.create_task(run_sync(act))
    await gate.reached.wait()
    gate.close(OSError("closed"))
    assert await passing == "met closed"


async def test_an_error_of_sync_code_reaches_the_caller() -> None:
    def act() -> None:
        await_(asyncio.sleep(0))
        raise OSError("of its own")

    with pytest.raises(OSError, match="of its own"):
        await run_sync(act)


async def test_cancelled_sync_code_runs_its_cleanup() -> None:
    gate, tidied = Gate(), []

    def act() -> None:
        try:
            gate.go_through()
        finally:
            await_(asyncio.sleep(0))
            tidied.append(True)

    passing = asyncio.create_task(run_sync(act))
    await gate.reached.wait()
    passing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await passing
    assert tidied == [True]


async def test_a_sleep_in_sync_code_does_not_block_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    sleep(3)
    assert slept == [3], "outside the bridge"
    pausing = asyncio.create_task(run_sync(lambda: sleep(10_000)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not pausing.done()
    pausing.cancel()
    assert slept == [3]


async def test_blocking_code_runs_in_a_thread() -> None:
    assert run_blocking(in_event_loop) is False, "at once, outside the bridge"
    gate = Gate()
    loop = asyncio.get_running_loop()

    def slow() -> bool:
        asyncio.run_coroutine_threadsafe(opened(), loop).result(10)
        return in_event_loop()

    async def opened() -> None:
        gate.open("by the loop")

    assert await run_sync(lambda: (in_event_loop(), run_blocking(slow))) == (True, False)


async def test_blocking_code_does_not_wait_for_threads_of_the_loop() -> None:
    """All of them may be taken by readers who wait for something else."""
    loop, go_on = asyncio.get_running_loop(), threading.Event()
    loop.set_default_executor(ThreadPoolExecutor(1))
    reading = loop.run_in_executor(None, go_on.wait, 10)
    assert await in_thread(variable.get) == "nothing"
    go_on.set()
    assert await reading


def test_code_outside_the_bridge_cannot_wait_for_a_loop() -> None:
    with pytest.raises(RuntimeError, match="no event loop"):
        await_(asyncio.Event())  # type: ignore[arg-type]


async def test_the_writer_does_one_thing_at_a_time() -> None:
    writer, gate, done = WriteLock(), Gate(), list[str]()
    first = asyncio.create_task(writer.do(lambda: done.append(gate.go_through())))
    await gate.reached.wait()
    second = asyncio.create_task(writer.do(lambda: done.append("second")))
    await asyncio.sleep(0)
    assert done == []
    gate.open("first")
    await asyncio.gather(first, second)
    assert done == ["first", "second"]
