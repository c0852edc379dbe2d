"""Those who ask for much at once take turns, and leave room for those who do not."""

import asyncio

import pytest

from allocation.messaging.errors import Busy, Stopping
from tests.support.toy_domain import Note
from tests.support.workers import WorkerHarness

PendingRequest = list[tuple[object, str | None]]


def notes(name: str, count: int) -> PendingRequest:
    return [(Note(f"{name}{n}"), None) for n in range(count)]


def test_requests_for_many_wait_their_turn_in_their_order() -> None:
    async def story(harness: WorkerHarness) -> None:
        async with harness.working(capacity=20) as worker:
            asked = [worker.submit_all(notes(name, 8)) for name in "abcdefgh"]
            for answers in await asyncio.gather(*asked):
                assert all(answer.error is None for answer in answers)
        assert harness.store.lines == [f"{name}{n}" for name in "abcdefgh" for n in range(8)]

    WorkerHarness(max_group_size=4).run(story)


def test_whoever_asks_for_one_finds_room_beside_them() -> None:
    async def story(harness: WorkerHarness) -> None:
        worker = harness.worker(capacity=20)
        many = [asyncio.create_task(worker.submit_all(notes(name, 8))) for name in "abcdefgh"]
        await asyncio.sleep(0)
        ones = [asyncio.create_task(worker.submit(Note(f"one{n}"))) for n in range(10)]
        await asyncio.sleep(0)
        await worker.start()
        for answer in await asyncio.gather(*ones):
            assert answer.error is None
        assert not many[-1].done(), "it has not waited for all of them"
        await asyncio.gather(*many)
        await worker.stop()

    WorkerHarness(max_group_size=4).run(story)


def test_one_too_many_is_told_so_beside_them() -> None:
    async def story(harness: WorkerHarness) -> None:
        worker = harness.worker(capacity=20)
        many = asyncio.create_task(worker.submit_all(notes("a", 8)))
        await asyncio.sleep(0)
        ones = [asyncio.create_task(worker.submit(Note(f"one{n}"))) for n in range(13)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await ones[-1]
        await worker.start()
        await asyncio.gather(many, *ones[:-1])
        await worker.stop()

    WorkerHarness().run(story)


def test_more_than_there_is_ever_room_for_is_told_so() -> None:
    async def story(harness: WorkerHarness) -> None:
        async with harness.working(capacity=20) as worker:
            with pytest.raises(Busy):
                await worker.submit_all(notes("a", 21))
            assert len(await worker.submit_all(notes("b", 20))) == 20

    WorkerHarness().run(story)


def test_whoever_waits_when_the_worker_stops_is_told_so() -> None:
    async def story(harness: WorkerHarness) -> None:
        worker = harness.worker(capacity=20)
        taken, waits = (asyncio.create_task(worker.submit_all(notes(n, 8))) for n in "ab")
        await asyncio.sleep(0)
        waits_too = asyncio.create_task(worker.submit_all(notes("c", 8)))
        await worker.start()
        stopping = asyncio.create_task(worker.stop())
        answers = await taken
        assert all(answer.error is None for answer in answers)
        for one in (waits, waits_too):
            with pytest.raises(Stopping):
                await one
        await stopping

    WorkerHarness(max_group_size=4).run(story)
