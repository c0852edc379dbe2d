"""Those who ask for much at once take turns, and leave room for those who do not."""

import asyncio

import pytest

from allocation.messaging.errors import Busy, Stopping
from tests.support.toy_domain import Note
from tests.support.workers import WorkerHarness

PendingRequest = list[tuple[object, str | None]]


def notes(name: str, count: int) -> PendingRequest:
    return [(Note(f"{name}{n}"), None) for n in range(count)]


async def test_bulk_requests_take_turns_in_order(
    small_groups: WorkerHarness,
) -> None:
    async with small_groups.working(capacity=20) as worker:
        asked = [worker.submit_all(notes(name, 8)) for name in "abcdefgh"]
        for answers in await asyncio.gather(*asked):
            assert all(answer.error is None for answer in answers)
    assert small_groups.store.lines == [f"{name}{n}" for name in "abcdefgh" for n in range(8)]


async def test_a_single_request_is_accepted_beside_bulk_requests_or_is_busy_when_the_queue_is_full(
    small_groups: WorkerHarness,
) -> None:
    worker = small_groups.worker(capacity=20)
    many = [asyncio.create_task(worker.submit_all(notes(name, 8))) for name in "abcdefgh"]
    await asyncio.sleep(0)
    *ones, one_too_many = [
        asyncio.create_task(worker.submit(Note(f"one{n}"))) for n in range(20 - 8 + 1)
    ]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await one_too_many
    await worker.start()
    for answer in await asyncio.gather(*ones):
        assert answer.error is None
    assert not many[-1].done(), "it has not waited for all of them"
    await asyncio.gather(*many)
    await worker.stop()


async def test_a_bulk_request_larger_than_the_capacity_is_busy(harness: WorkerHarness) -> None:
    async with harness.working(capacity=20) as worker:
        with pytest.raises(Busy):
            await worker.submit_all(notes("a", 21))
        assert len(await worker.submit_all(notes("b", 20))) == 20


async def test_a_waiting_bulk_request_is_refused_on_stop(small_groups: WorkerHarness) -> None:
    worker = small_groups.worker(capacity=20)
    taken, *waiting = [asyncio.create_task(worker.submit_all(notes(name, 8))) for name in "abc"]
    await asyncio.sleep(0)
    await worker.start()
    stopping = asyncio.create_task(worker.stop())
    assert all(answer.error is None for answer in await taken)
    for one in waiting:
        with pytest.raises(Stopping):
            await one
    await stopping
