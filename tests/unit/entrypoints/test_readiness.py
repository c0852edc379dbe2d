"""Readiness: one probe at a time, known within a bound; and the worker's own state."""

import asyncio
from threading import Event

import pytest

from allocation.entrypoints.http import readiness
from allocation.entrypoints.http.readiness import Readiness
from tests.support.toy_domain import Note
from tests.support.workers import WorkerHarness


async def test_a_probe_that_hangs_is_reported_and_started_once(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "TIMEOUT", 0.05)
    looks: list[bool] = []
    may_end = Event()

    def look(write: bool) -> None:
        looks.append(write)
        may_end.wait()

    async with harness.working() as worker:
        ready = Readiness(worker, look)
        reasons = await asyncio.gather(*(ready.ready() for _ in range(10)))
        reasons.append(await ready.ready())
        may_end.set()
    assert {reason.code for reason in reasons if reason} == {"store_unavailable"}
    assert all(reason and "has not answered" in reason.message for reason in reasons)
    assert len(looks) == 1


async def test_the_result_of_a_probe_is_reused_for_a_while(harness: WorkerHarness) -> None:
    looks: list[bool] = []
    async with harness.working() as worker:
        ready = Readiness(worker, looks.append)
        assert [await ready.ready() for _ in range(5)] == [None] * 5
    assert len(looks) == 1


async def test_the_probe_writes_only_without_a_recent_write(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "CACHED_FOR", -1.0)
    looks: list[bool] = []
    async with harness.working() as worker:
        ready = Readiness(worker, looks.append)
        await ready.ready()
        await ready.ready()
        await worker.submit(Note("a"))
        await Readiness(worker, looks.append).ready()
    assert looks == [True, False, False]


async def test_a_worker_that_has_come_to_an_end_is_not_alive(harness: WorkerHarness) -> None:
    def cancelled() -> None:
        raise asyncio.CancelledError

    worker = harness.worker()
    ready = Readiness(worker, lambda _: None)
    await worker.start()
    assert ready.alive() is None
    harness.store.begun = cancelled
    await worker.submit(Note("a"))
    for reasons in (ready.alive(), await ready.ready()):
        assert reasons is not None
        assert reasons.code == "worker_ended"
    harness.store.begun = lambda: None
    await worker.stop()
