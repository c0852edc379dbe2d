"""Huge cascades: others go between their groups, and whoever asked waits until they are over."""

import asyncio

from allocation.messaging.errors import HandlerFailed, StoreUnavailable
from allocation.messaging.log import Answer
from allocation.messaging.worker import Worker
from tests.support.processors import EVERY_TIME
from tests.support.toy_domain import Note
from tests.support.workers import WorkerHarness


def test_a_huge_cascade_does_not_keep_others_waiting() -> None:
    async def story(harness: WorkerHarness) -> None:
        answered: list[object] = []
        async with harness.working() as worker:
            huge = asyncio.ensure_future(
                worker.submit(Note("huge", tuple(Note(f"{n}") for n in range(400))))
            )
            huge.add_done_callback(lambda _: answered.append("huge"))
            for _ in range(5):
                await worker.submit(Note("other"))
                assert answered == []
            await huge
        assert len(harness.store.lines) == 406, "it is answered when all of it is done"

    WorkerHarness(max_group_size=4).run(story)


async def begun(harness: WorkerHarness, worker: Worker, chairs: int) -> asyncio.Future[Answer]:
    """A huge cascade of chairs, the first group of which is on record."""
    cascade = tuple(Note(f"chairs: {n}") for n in range(chairs))
    huge = asyncio.ensure_future(worker.submit(Note("chairs: all", cascade)))
    while not harness.store.lines:
        await asyncio.sleep(0)
    return huge


def test_many_others_at_once_go_between_the_groups_of_a_huge_cascade() -> None:
    """Also those for whom there is no room in the next group; they belong elsewhere."""

    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            huge = await begun(harness, worker, 200)
            others = [worker.submit(Note(f"lamps: {n}")) for n in range(9)]
            answers = await asyncio.gather(*others)
            assert [answer.result for answer in answers] == [f"wrote lamps: {n}" for n in range(9)]
            assert not huge.done()
            await huge

    WorkerHarness(max_group_size=4).run(story)


def test_what_belongs_to_a_huge_cascade_waits_until_it_is_over() -> None:
    """In order: it came later. What belongs elsewhere does not wait."""

    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            huge = await begun(harness, worker, 40)
            late = [
                asyncio.ensure_future(worker.submit(Note(f"chairs: late {n}"))) for n in range(9)
            ]
            assert (await worker.submit(Note("lamps: one"))).result == "wrote lamps: one"
            assert not any(answer.done() for answer in late)
            await asyncio.gather(huge, *late)
        chairs = [line for line in harness.store.lines if line.startswith("chairs")]
        expected = ["all", *map(str, range(40)), *(f"late {n}" for n in range(9))]
        assert chairs == [f"chairs: {what}" for what in expected]

    WorkerHarness(max_group_size=4).run(story)


def test_what_belongs_to_a_huge_cascade_is_not_lost_when_the_store_fails() -> None:
    async def story(harness: WorkerHarness) -> None:
        worker = harness.worker()
        await worker.start()
        huge = await begun(harness, worker, 40)
        late = asyncio.ensure_future(worker.submit(Note("chairs: late")))
        commits = len(harness.store.commits)
        while len(harness.store.commits) < commits + 2:  # by the second group, it is deferred
            await asyncio.sleep(0)
        harness.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
        assert isinstance((await huge).error, StoreUnavailable)
        harness.store.failures.clear()
        await worker.stop()
        assert (await late).result == "wrote chairs: late"
        assert harness.store.lines[-2:] == ["chairs: 39", "chairs: late"]

    WorkerHarness(max_group_size=4).run(story)


def test_what_names_the_same_as_one_that_waits_comes_after_it() -> None:
    """As the quantity of a batch, when its announcement waits for a cascade."""

    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            huge = await begun(harness, worker, 40)
            late = ["chairs: b1: announced", "b1: changed", "b1: sofas: announced", "sofas: one"]
            await worker.submit_all([(Note(text), None) for text in late])
            await huge
        assert [line for line in harness.store.lines if line in late] == late
        assert harness.store.lines[-4:] == late

    WorkerHarness(max_group_size=4).run(story)


def test_cascade_after_cascade_keeps_nobody_from_an_answer() -> None:
    """Whoever came first is answered when their own cascade is over."""

    async def story(harness: WorkerHarness) -> None:
        def cascade(name: str) -> Note:
            return Note(name, tuple(Note(f"{name} {n}") for n in range(10)))

        async with harness.working() as worker:
            first = asyncio.ensure_future(worker.submit(cascade("first")))
            others: list[asyncio.Future[Answer]] = []
            while not first.done():
                assert len(others) < 100, "it is answered while others go on and on"
                others.append(asyncio.ensure_future(worker.submit(cascade(f"{len(others)}"))))
                commits = len(harness.store.commits)
                while len(harness.store.commits) == commits:
                    await asyncio.sleep(0)
            assert not all(other.done() for other in others)
            await asyncio.gather(*others)

    WorkerHarness(max_group_size=8).run(story)


def test_a_huge_cascade_is_seen_through_before_it_stops() -> None:
    async def story(harness: WorkerHarness) -> None:
        worker = harness.worker()
        await worker.start()
        huge = worker.submit(Note("huge", tuple(Note(f"{n}") for n in range(40))))
        answer = asyncio.ensure_future(huge)
        await asyncio.sleep(0)
        await worker.stop()
        assert (await answer).result == "wrote huge"
        assert len(harness.store.lines) == 41

    WorkerHarness(max_group_size=4).run(story)


def test_whoever_repeats_a_message_waits_for_its_cascade_too() -> None:
    async def story(harness: WorkerHarness) -> None:
        huge = Note("huge", tuple(Note(f"{n}") for n in range(40)))
        async with harness.working() as worker:
            twice = [asyncio.ensure_future(worker.submit(huge, "once")) for _ in range(2)]
            for answer in asyncio.as_completed(twice):
                assert (await answer).result == "wrote huge"
                assert len(harness.store.lines) == 41

    WorkerHarness(max_group_size=4).run(story)


def test_whoever_waits_for_a_cascade_is_told_when_the_store_fails() -> None:
    async def story(harness: WorkerHarness) -> None:
        huge = Note("huge", tuple(Note(f"{n}") for n in range(40)))
        async with harness.working() as worker:
            first = asyncio.ensure_future(worker.submit(huge, "once"))
            while not harness.store.lines:
                await asyncio.sleep(0)
            harness.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
            assert isinstance((await first).error, StoreUnavailable)
            harness.store.failures.clear()
            assert (await worker.submit(huge, "once")).result == "wrote huge"
            assert len(harness.store.lines) == 41

    WorkerHarness(max_group_size=4).run(story)


def test_what_belongs_to_a_cascade_of_which_nothing_is_known_comes_after_it() -> None:
    """It is on record, but whoever had it in hand was told that the store had failed."""

    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            harness.store.failures_after.append(StoreUnavailable("outcome unknown"))
            away = iter([[], [StoreUnavailable("away")] * (EVERY_TIME - 1)])
            harness.store.begun = lambda: harness.store.failures.extend(next(away, []))
            cascade = tuple(Note(f"chairs: {n}") for n in range(40))
            asked = await worker.submit(Note("chairs: all", cascade))
            assert isinstance(asked.error, StoreUnavailable)
            assert (await worker.submit(Note("chairs: late"))).result == "wrote chairs: late"
        assert harness.store.lines[-1] == "chairs: late"
        assert len(harness.store.lines) == 42

    WorkerHarness(max_group_size=4).run(story)


def test_whoever_waits_for_a_cascade_is_not_harmed_by_one_that_cannot_be_written() -> None:
    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            huge = await begun(harness, worker, 200)
            harness.store.unwritable = Note("lamps: bad")
            bad = await worker.submit(Note("lamps: bad"))
            assert isinstance(bad.error, HandlerFailed)
            assert (await huge).result == "wrote chairs: all"
            assert len(harness.store.lines) == 201

    WorkerHarness(max_group_size=4).run(story)


def test_after_one_whose_cascade_was_broken_off_no_other_of_its_request_is_handled() -> None:
    async def story(harness: WorkerHarness) -> None:
        cascade = tuple(Note(f"chairs: {n}") for n in range(40))
        combined = [(Note("chairs: all", cascade), None), (Note("chairs: late"), None)]
        async with harness.working() as worker:
            asked = asyncio.ensure_future(worker.submit_all(combined))
            while len(harness.store.lines) < 12:  # the late one is held by then
                await asyncio.sleep(0)
            harness.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
            answers = await asked
        assert all(isinstance(answer.error, StoreUnavailable) for answer in answers)
        assert "chairs: late" not in harness.store.lines

    WorkerHarness(max_group_size=4).run(story)
