"""Huge cascades: others go between their groups, and whoever asked waits until they are over."""

import asyncio

import pytest

from allocation.messaging.errors import HandlerFailed, StoreUnavailable
from allocation.messaging.log import Answer
from allocation.messaging.worker import Worker
from tests.support.processors import EVERY_TIME
from tests.support.toy_domain import Note
from tests.support.workers import WorkerHarness

DISK_FULL = [StoreUnavailable("disk full")] * EVERY_TIME


@pytest.fixture
def harness(small_groups: WorkerHarness) -> WorkerHarness:
    """With groups so small that forty notes are many."""
    return small_groups


def cascade(chairs: int) -> Note:
    return Note("chairs: all", tuple(Note(f"chairs: {n}") for n in range(chairs)))


async def begun(
    harness: WorkerHarness, worker: Worker, chairs: int = 40, id: str | None = None
) -> "asyncio.Future[Answer]":
    """A huge cascade of chairs, the first group of which is on record."""
    huge = asyncio.ensure_future(worker.submit(cascade(chairs), id))
    while not harness.store.lines:
        await asyncio.sleep(0)
    return huge


async def groups_pass(harness: WorkerHarness, count: int) -> None:
    commits = len(harness.store.commits)
    while len(harness.store.commits) < commits + count:
        await asyncio.sleep(0)


async def test_many_others_at_once_go_between_the_groups_of_a_huge_cascade(
    harness: WorkerHarness,
) -> None:
    """Also those for whom there is no room in the next group; they belong elsewhere."""
    async with harness.working() as worker:
        huge = await begun(harness, worker, 200)
        others = [worker.submit(Note(f"lamps: {n}")) for n in range(9)]
        answers = await asyncio.gather(*others)
        assert [answer.result for answer in answers] == [f"wrote lamps: {n}" for n in range(9)]
        assert not huge.done()
        await huge
        assert len(harness.store.lines) == 210, "it is answered when all of it is done"


async def test_what_belongs_to_a_huge_cascade_waits_until_it_is_over(
    harness: WorkerHarness,
) -> None:
    """In order: it came later. What belongs elsewhere does not wait."""
    async with harness.working() as worker:
        huge = await begun(harness, worker)
        late = [asyncio.ensure_future(worker.submit(Note(f"chairs: late {n}"))) for n in range(9)]
        assert (await worker.submit(Note("lamps: one"))).result == "wrote lamps: one"
        assert not any(answer.done() for answer in late)
        await asyncio.gather(huge, *late)
    chairs = [line for line in harness.store.lines if line.startswith("chairs")]
    expected = ["all", *map(str, range(40)), *(f"late {n}" for n in range(9))]
    assert chairs == [f"chairs: {what}" for what in expected]


async def test_whoever_waits_for_a_cascade_is_told_when_the_store_fails_and_nothing_is_lost(
    harness: WorkerHarness,
) -> None:
    async with harness.working() as worker:
        huge = await begun(harness, worker, id="once")
        late = asyncio.ensure_future(worker.submit(Note("chairs: late")))
        await groups_pass(harness, 2)  # so that the late one has been deferred
        harness.store.failures.extend(DISK_FULL)
        assert isinstance((await huge).error, StoreUnavailable)
        harness.store.failures.clear()
        assert (await worker.submit(cascade(40), "once")).result == "wrote chairs: all"
        assert (await late).result == "wrote chairs: late"
    assert harness.store.lines[-2:] == ["chairs: 39", "chairs: late"]
    assert len(harness.store.lines) == 42


async def test_what_names_the_same_as_one_that_waits_comes_after_it(harness: WorkerHarness) -> None:
    """As the quantity of a batch, when its announcement waits for a cascade."""
    async with harness.working() as worker:
        huge = await begun(harness, worker)
        late = ["chairs: b1: announced", "b1: changed", "b1: sofas: announced", "sofas: one"]
        await worker.submit_all([(Note(text), None) for text in late])
        await huge
    assert harness.store.lines[-4:] == late


async def test_cascade_after_cascade_keeps_nobody_from_an_answer() -> None:
    """Whoever came first is answered when their own cascade is over."""
    harness = WorkerHarness(max_group_size=8)

    def cascade(name: str) -> Note:
        return Note(name, tuple(Note(f"{name} {n}") for n in range(10)))

    async with harness.working() as worker:
        first = asyncio.ensure_future(worker.submit(cascade("first")))
        others: list[asyncio.Future[Answer]] = []
        while not first.done():
            assert len(others) < 100, "it is answered while others go on and on"
            others.append(asyncio.ensure_future(worker.submit(cascade(f"{len(others)}"))))
            await groups_pass(harness, 1)
        assert not all(other.done() for other in others)
        await asyncio.gather(*others)


async def test_a_huge_cascade_is_seen_through_before_the_worker_stops(
    harness: WorkerHarness,
) -> None:
    worker = harness.worker()
    await worker.start()
    huge = asyncio.ensure_future(worker.submit(cascade(40)))
    await asyncio.sleep(0)
    await worker.stop()
    assert (await huge).result == "wrote chairs: all"
    assert len(harness.store.lines) == 41


async def test_whoever_repeats_a_message_waits_for_its_cascade_too(harness: WorkerHarness) -> None:
    async with harness.working() as worker:
        twice = [asyncio.ensure_future(worker.submit(cascade(40), "once")) for _ in range(2)]
        for answer in asyncio.as_completed(twice):
            assert (await answer).result == "wrote chairs: all"
            assert len(harness.store.lines) == 41


async def test_what_belongs_to_a_cascade_of_which_nothing_is_known_comes_after_it(
    harness: WorkerHarness,
) -> None:
    """It is on record, but whoever had it in hand was told that the store had failed."""
    async with harness.working() as worker:
        harness.store.failures_after.append(StoreUnavailable("outcome unknown"))
        away = iter([[], DISK_FULL[1:]])
        harness.store.begun = lambda: harness.store.failures.extend(next(away, []))
        asked = await worker.submit(cascade(40))
        assert isinstance(asked.error, StoreUnavailable)
        assert (await worker.submit(Note("chairs: late"))).result == "wrote chairs: late"
    assert harness.store.lines[-1] == "chairs: late"
    assert len(harness.store.lines) == 42


async def test_whoever_waits_for_a_cascade_is_not_harmed_by_one_that_cannot_be_written(
    harness: WorkerHarness,
) -> None:
    async with harness.working() as worker:
        huge = await begun(harness, worker, 200)
        harness.store.unwritable = Note("lamps: bad")
        bad = await worker.submit(Note("lamps: bad"))
        assert isinstance(bad.error, HandlerFailed)
        assert (await huge).result == "wrote chairs: all"
        assert len(harness.store.lines) == 201


async def test_after_one_whose_cascade_was_broken_off_no_other_of_its_request_is_handled(
    harness: WorkerHarness,
) -> None:
    async with harness.working() as worker:
        combined = [(cascade(40), None), (Note("chairs: late"), None)]
        asked = asyncio.ensure_future(worker.submit_all(combined))
        while len(harness.store.lines) < 12:  # the late one is held by then
            await asyncio.sleep(0)
        harness.store.failures.extend(DISK_FULL)
        answers = await asked
    assert all(isinstance(answer.error, StoreUnavailable) for answer in answers)
    assert "chairs: late" not in harness.store.lines
