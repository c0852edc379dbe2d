"""Readiness: one probe at a time, known within a bound; and the worker's own state."""

import asyncio
from threading import Event

import pytest

from allocation.entrypoints.http import readiness
from allocation.entrypoints.http.readiness import Readiness
from tests.support.toy_domain import Note
from tests.support.workers import WorkerHarness


def test_a_probe_that_does_not_come_back_is_told_and_started_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readiness, "TIMEOUT", 0.05)
    looks: list[bool] = []
    may_end = Event()

    def look(write: bool) -> None:
        looks.append(write)
        may_end.wait()

    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            ready = Readiness(worker, look)
            found = await asyncio.gather(*(ready.ready() for _ in range(10)))
            found.append(await ready.ready())
            may_end.set()
        assert {reason.code for reason in found if reason} == {"store_unavailable"}
        assert all(reason and "has not answered" in reason.message for reason in found)
        assert len(looks) == 1

    WorkerHarness().run(story)


def test_what_the_probe_finds_is_told_again_for_a_while() -> None:
    looks: list[bool] = []

    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            ready = Readiness(worker, looks.append)
            assert [await ready.ready() for _ in range(5)] == [None] * 5

    WorkerHarness().run(story)
    assert len(looks) == 1


def test_the_probe_writes_only_when_nobody_else_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "CACHED_FOR", -1.0)
    looks: list[bool] = []

    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            ready = Readiness(worker, looks.append)
            await ready.ready()
            await ready.ready()
            await worker.submit(Note("a"))
            another = Readiness(worker, looks.append)
            await another.ready()

    WorkerHarness().run(story)
    assert looks == [True, False, False]


def test_a_worker_that_has_come_to_an_end_is_not_alive() -> None:
    async def story(harness: WorkerHarness) -> None:
        def cancelled() -> None:
            raise asyncio.CancelledError

        worker = harness.worker()
        ready = Readiness(worker, lambda _: None)
        await worker.start()
        assert ready.alive() is None
        harness.store.begun = cancelled
        await worker.submit(Note("a"))
        for found in (ready.alive(), await ready.ready()):
            assert found is not None
            assert found.code == "worker_ended"
        harness.store.begun = lambda: None
        await worker.stop()

    WorkerHarness().run(story)
