"""The worker runs processor and relay in an event loop; nobody who asked is left alone."""

import asyncio
from collections.abc import Collection
from datetime import datetime
from itertools import count

import pytest

from allocation.messaging.errors import Busy, HandlerFailed, Stopping, StoreUnavailable
from allocation.messaging.log import Status
from allocation.messaging.sync_bridge import await_
from tests.support.processors import EVERY_TIME
from tests.support.toy_domain import Illegible, InkNote, Letter, Note, Scribble
from tests.support.toy_store import ToyStore
from tests.support.workers import WorkerHarness


def test_each_caller_gets_the_result_of_its_own_message() -> None:
    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            notes = [worker.submit(Note(f"n{n}")) for n in range(600)]
            answers = await asyncio.gather(*notes)
        assert [answer.result for answer in answers] == [f"wrote n{n}" for n in range(600)]
        assert len(harness.store.commits) < 60, "what had arrived was taken together"

    WorkerHarness().run(story)


def test_a_caller_with_many_messages_lets_others_in() -> None:
    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            asked = asyncio.ensure_future(worker.submit(Note("a")))
            turns = count()
            async for turn in worker.each(count()):
                assert turn == next(turns)
                if asked.done():
                    break
        assert harness.store.lines == ["a"]

    WorkerHarness().run(story)


def test_a_refusal_is_an_answer() -> None:
    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            refused, good = await asyncio.gather(
                worker.submit(Scribble("?")), worker.submit(Note("good"))
            )
        assert isinstance(refused.error, Illegible)
        assert good.result == "wrote good"

    WorkerHarness().run(story)


def test_a_store_that_fails_is_an_answer_and_the_worker_goes_on() -> None:
    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            for error in (StoreUnavailable("disk full"), RuntimeError("a fault of ours")):
                harness.store.failures.extend([error] * EVERY_TIME)
                answer = await worker.submit(Note("lost"))
                assert isinstance(answer.error, StoreUnavailable | HandlerFailed)
                harness.store.failures.clear()
            assert (await worker.submit(Note("kept"))).result == "wrote kept"
        assert harness.store.lines == ["kept"]

    WorkerHarness().run(story)


def test_a_full_worker_refuses_more_messages() -> None:
    async def story(harness: WorkerHarness) -> None:
        worker = harness.worker(capacity=2)
        taken = [asyncio.ensure_future(worker.submit(Note(f"n{n}"))) for n in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await worker.submit(Note("one too many"))
        await worker.start()
        assert [answer.result for answer in await asyncio.gather(*taken)] == [
            "wrote n0",
            "wrote n1",
        ]
        await worker.stop()
        assert harness.store.lines == ["n0", "n1"]

    WorkerHarness().run(story)


def test_accepted_messages_are_finished_before_the_worker_stops() -> None:
    async def story(harness: WorkerHarness) -> None:
        worker = harness.worker()
        await worker.start()
        taken = [asyncio.ensure_future(worker.submit(Note(f"n{n}"))) for n in range(600)]
        await asyncio.sleep(0)
        await worker.stop()
        assert all(future.done() for future in taken)
        assert len(harness.store.lines) == 600
        with pytest.raises(Stopping):
            await worker.submit(Note("too late"))

    WorkerHarness().run(story)


def test_accepted_messages_are_finished_even_if_the_worker_stops_at_once() -> None:
    async def story(harness: WorkerHarness) -> None:
        worker = harness.worker()
        taken = asyncio.ensure_future(worker.submit(Note("taken")))
        await asyncio.sleep(0)
        await worker.start()
        await worker.stop()
        assert (await taken).result == "wrote taken"

    WorkerHarness().run(story)


def test_a_caller_that_goes_away_does_not_affect_others() -> None:
    async def story(harness: WorkerHarness) -> None:
        worker = harness.worker()
        gone = asyncio.ensure_future(worker.submit(Note("gone")))
        stays = asyncio.ensure_future(worker.submit(Note("stays")))
        await asyncio.sleep(0)
        gone.cancel()
        await worker.start()
        assert (await stays).result == "wrote stays"
        await worker.stop()
        assert harness.store.lines == ["gone", "stays"], "it had been taken"

    WorkerHarness().run(story)


def test_unfinished_work_of_an_earlier_process_comes_before_new_work() -> None:
    async def story(harness: WorkerHarness) -> None:
        root = harness.envelope(Note("root", (Note("a"), Note("b"))))
        harness.processor.process_group([root], backlog=False)  # and then it is killed
        assert harness.store.lines == ["root"]
        async with harness.working() as worker:
            assert harness.store.lines == ["root", "a", "b"]
            await worker.submit(Note("new"))
        assert harness.store.lines == ["root", "a", "b", "new"]

    WorkerHarness(max_group_size=1).run(story)


def test_after_one_of_a_request_that_cannot_be_handled_now_no_other_is() -> None:
    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            harness.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
            request = worker.submit_all([(Note(f"{n}"), None) for n in range(6)])
            answers, other = await asyncio.gather(request, worker.submit(Note("other")))
        assert all(isinstance(answer.error, StoreUnavailable) for answer in answers)
        assert other.result == "wrote other"
        assert harness.store.lines == ["other"]

    WorkerHarness(max_group_size=2).run(story)


def let_others_run() -> None:
    """As a database that takes its time to answer."""
    for _ in range(20):
        await_(asyncio.sleep(0))


def test_a_message_that_becomes_due_during_a_group_is_handled() -> None:
    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            harness.store.ink = False
            await worker.submit(Note("root", (InkNote("follow-up"),)))
            harness.store.ink = True
            harness.clock.go_on(seconds=300)
            harness.store.polled = let_others_run
            worker.poll_now()
            await worker.submit(Note("other"))
            await worker.submit(Note("another"))
            assert "follow-up" in harness.store.lines

    WorkerHarness().run(story)


def test_an_unwritable_message_does_not_affect_others() -> None:
    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            harness.store.unwritable = Note("bad")
            notes = [worker.submit(Note(what)) for what in ("good", "bad", "better")]
            good, bad, better = await asyncio.gather(*notes)
        assert (good.result, better.result) == ("wrote good", "wrote better")
        assert isinstance(bad.error, HandlerFailed)
        assert harness.store.lines == ["good", "better"]

    WorkerHarness().run(story)


def test_messages_after_an_unwritable_one_of_their_request_are_handled() -> None:
    """It is a fault of ours, and will not pass."""

    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            harness.store.unwritable = Note("bad")
            bad, good = await worker.submit_all([(Note("bad"), None), (Note("good"), None)])
        assert isinstance(bad.error, HandlerFailed)
        assert good.result == "wrote good"

    WorkerHarness().run(story)


def test_a_message_that_is_503_stops_the_rest_of_its_request_when_a_group_is_split() -> None:
    async def story(harness: WorkerHarness) -> None:
        groups = count(1)

        def begun() -> None:
            # The four together, then the first by itself, and then the second: it fails.
            if next(groups) == 3:
                harness.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)

        async with harness.working() as worker:
            harness.store.begun = begun
            harness.store.unwritable = Note("0")
            answers = await worker.submit_all([(Note(f"{n}"), None) for n in range(4)])
        assert isinstance(answers[0].error, HandlerFailed)
        assert all(isinstance(answer.error, StoreUnavailable) for answer in answers[1:])
        assert harness.store.lines == []

    WorkerHarness().run(story)


def test_a_worker_that_ends_answers_all_callers() -> None:
    async def story(harness: WorkerHarness) -> None:
        def cancelled() -> None:
            raise asyncio.CancelledError

        worker = harness.worker()
        await worker.start()
        harness.store.begun = cancelled
        current_entry = await asyncio.gather(*(worker.submit(Note(f"{n}")) for n in range(3)))
        assert all(isinstance(answer.error, Stopping) for answer in current_entry)
        with pytest.raises(Stopping):
            await worker.submit(Note("later"))
        harness.store.begun = lambda: None
        await worker.stop()
        assert isinstance(worker.failure, asyncio.CancelledError)
        assert asyncio.all_tasks() == {asyncio.current_task()}, "nothing goes on without it"

    WorkerHarness().run(story)


def test_deliveries_go_on_while_the_worker_works() -> None:
    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            await worker.submit(Note("root", (Letter("to mother"),)))
            await harness.delivered.wait()
        assert harness.letters == ["to mother"]
        assert harness.store.entry_of(Letter("to mother")).status is Status.HANDLED

    WorkerHarness().run(story)


class TroubledStore(ToyStore):
    """Cannot tell what is due, as often as it has troubles."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[Exception] = []

    def due(self, now: datetime) -> Collection[Status]:
        if self.troubles:
            raise self.troubles.pop()
        return super().due(now)


def test_a_due_delivery_causes_no_group() -> None:
    """Where nothing is PENDING there is nothing to be handled, and nothing to be locked."""

    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            await worker.submit(Note("root", (Letter("to mother"), Letter("to father"))))
            while len(harness.letters) < 2:
                await asyncio.sleep(0)
            assert harness.store.commits.count(0) == 1, "that of the start"

    WorkerHarness().run(story)


@pytest.mark.parametrize("trouble", [StoreUnavailable("gone"), RuntimeError("a fault of ours")])
def test_trouble_does_not_end_the_relay(trouble: Exception) -> None:
    store = TroubledStore()
    store.troubles.append(trouble)

    async def story(harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            await worker.submit(Note("root", (Letter("to mother"),)))
            await harness.delivered.wait()
        assert store.troubles == []

    WorkerHarness(store=store).run(story)
