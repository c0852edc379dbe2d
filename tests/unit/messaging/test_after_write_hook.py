"""The upkeep of the store: after a group, beside the next ones, and never the end of them."""

import asyncio
from contextlib import AbstractAsyncContextManager
from threading import Event

import pytest

from allocation.messaging import background
from allocation.messaging.errors import StoreUnavailable
from allocation.messaging.worker import Worker
from tests.support.processors import ToyHarness
from tests.support.toy_domain import Note
from tests.support.workers import a_worker, at_work


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not wait for more to come."""
    monkeypatch.setattr(background, "CHECKPOINT_DELAY", 0.0)


class Caretaker:
    """Does the upkeep, as often as he is let; the loop is told."""

    def __init__(self) -> None:
        self.times = 0
        self.troubles: list[Exception] = []
        self.may_go_on = Event()
        self.may_go_on.set()
        self._loop, self._called = asyncio.get_running_loop(), asyncio.Event()

    def after_write(self) -> None:
        self.times += 1
        self._loop.call_soon_threadsafe(self._called.set)
        assert self.may_go_on.wait(10)
        if self.troubles:
            raise self.troubles.pop()

    async def has_come(self, times: int) -> None:
        while self.times < times:
            self._called.clear()
            await self._called.wait()


def working(reaper: Caretaker) -> AbstractAsyncContextManager[Worker]:
    return at_work(a_worker(ToyHarness(), after_write=reaper.after_write))


def test_the_hook_runs_after_a_group_and_at_no_other_time() -> None:
    async def story() -> None:
        reaper = Caretaker()
        async with working(reaper) as worker:
            for _ in range(5):
                await asyncio.sleep(0)
            assert reaper.times == 0
            for time in (1, 2):
                await worker.submit(Note(f"{time}"))
                await reaper.has_come(time)
            for _ in range(50):
                await asyncio.to_thread(reaper.may_go_on.wait)
            assert reaper.times == 2

    asyncio.run(story())


def test_the_hook_waits_for_a_group_that_follows_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "CHECKPOINT_DELAY", 3600.0)

    async def story() -> None:
        reaper = Caretaker()
        async with working(reaper) as worker:
            for text in ("a", "b", "c"):
                await worker.submit(Note(text))
                for _ in range(10):
                    await asyncio.to_thread(reaper.may_go_on.wait)
            assert reaper.times == 0
        assert reaper.times == 1

    asyncio.run(story())


def test_no_caller_waits_for_the_hook() -> None:
    async def story() -> None:
        reaper = Caretaker()
        reaper.may_go_on.clear()
        async with working(reaper) as worker:
            await worker.submit(Note("a"))
            await reaper.has_come(1)
            assert (await worker.submit(Note("b"))).result == "wrote b"
            reaper.may_go_on.set()
            await reaper.has_come(2)

    asyncio.run(story())


@pytest.mark.parametrize("trouble", [StoreUnavailable("gone"), RuntimeError("a fault of ours")])
def test_the_hook_runs_again_after_an_error(
    trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        reaper = Caretaker()
        reaper.troubles = [trouble]
        async with working(reaper) as worker:
            for time in (1, 2):
                await worker.submit(Note(f"{time}"))
                await reaper.has_come(time)

    asyncio.run(story())
    assert "the after-write hook failed" in caplog.text
