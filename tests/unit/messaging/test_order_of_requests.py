"""Those who ask for much at once take turns, and leave room for those who do not."""

import asyncio

import pytest

from allocation.messaging.errors import Busy, Stopping
from tests.support.toy_domain import Note
from tests.support.workers import WorkerHarness

PendingRequest = list[tuple[object, str | None]]


def notes(name: str, count: int) -> PendingRequest:
    return [(Note(f"{name}{n}"), None) for n in range(count)]


async def test_requests_for_many_wait_their_turn_in_their_order(
    small_groups: WorkerHarness,
) -> None:
    async with small_groups.working(capacity=20) as worker:
        asked = [worker.submit_all(notes(name, 8)) for name in "abcdefgh"]
        for answers in await asyncio.gather(*asked):
            assert all(answer.error is None for answer in answers)
    assert small_groups.store.lines == [f"{name}{n}" for name in "abcdefgh" for n in range(8)]


async def test_whoever_asks_for_one_finds_room_beside_them_or_is_told_that_it_is_one_too_many(
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


async def test_more_than_there_is_ever_room_for_is_told_so(harness: WorkerHarness) -> None:
    async with harness.working(capacity=20) as worker:
        with pytest.raises(Busy):
            await worker.submit_all(notes("a", 21))
        assert len(await worker.submit_all(notes("b", 20))) == 20


async def test_whoever_waits_when_the_worker_stops_is_told_so(small_groups: WorkerHarness) -> None:
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
