"""The upkeep of the store: after a group, beside the next ones, and never the end of them."""

import asyncio
from threading import Event

import pytest

from allocation.messaging import background
from allocation.messaging.errors import StoreUnavailable
from tests.support.toy_domain import Note
from tests.support.workers import WorkerHarness


class Hook:
    """It runs as often as it is let; the loop is told."""

    def __init__(self) -> None:
        self.times = 0
        self.troubles: list[Exception] = []
        self.may_go_on = Event()
        self.may_go_on.set()
        self._loop, self._called = asyncio.get_running_loop(), asyncio.Event()

    def __call__(self) -> None:
        self.times += 1
        self._loop.call_soon_threadsafe(self._called.set)
        assert self.may_go_on.wait(10)
        if self.troubles:
            raise self.troubles.pop()

    async def has_run(self, times: int) -> None:
        while self.times < times:
            self._called.clear()
            await self._called.wait()

    async def could_run(self) -> None:
        """Long enough for the hook to run, if it is to."""
        for _ in range(50):
            await asyncio.to_thread(self.may_go_on.wait)


@pytest.mark.parametrize("trouble", [None, StoreUnavailable("gone"), RuntimeError("a fault")])
async def test_the_hook_runs_after_each_group_and_at_no_other_time_also_after_an_error(
    harness: WorkerHarness,
    trouble: Exception | None,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "CHECKPOINT_DELAY", 0.0)
    hook = Hook()
    hook.troubles = [trouble] if trouble else []
    async with harness.working(after_write=hook) as worker:
        await hook.could_run()
        assert hook.times == 0
        for time in (1, 2):
            await worker.submit(Note(f"{time}"))
            await hook.has_run(time)
        await hook.could_run()
        assert hook.times == 2
    assert ("the after-write hook failed" in caplog.text) is (trouble is not None)


async def test_the_hook_waits_for_a_group_that_follows_soon(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "CHECKPOINT_DELAY", 3600.0)
    hook = Hook()
    async with harness.working(after_write=hook) as worker:
        for text in ("a", "b", "c"):
            await worker.submit(Note(text))
            await hook.could_run()
        assert hook.times == 0
    assert hook.times == 1


async def test_no_caller_waits_for_the_hook(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "CHECKPOINT_DELAY", 0.0)
    hook = Hook()
    hook.may_go_on.clear()
    async with harness.working(after_write=hook) as worker:
        await worker.submit(Note("a"))
        await hook.has_run(1)
        assert (await worker.submit(Note("b"))).result == "wrote b"
        hook.may_go_on.set()
        await hook.has_run(2)
