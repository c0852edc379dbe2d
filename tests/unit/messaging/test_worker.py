"""The worker runs processor and relay in an event loop; nobody who asked is left alone."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

import pytest

from allocation.messaging.errors import Busy, HandlerFailed, Stopping, StoreUnavailable
from allocation.messaging.log import Answer, Fate
from allocation.messaging.rounds import Chores
from allocation.messaging.worker import Worker
from tests.support.notebook import Illegible, InkNote, Letter, Note, Scribble
from tests.support.notebook_store import NotebookStore
from tests.support.processors import EVERY_TIME, NotebookOffice
from tests.support.workers import a_worker, at_work

Story = Callable[["Office"], Awaitable[None]]


@dataclass
class Office(NotebookOffice):
    """A notebook with a worker."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.carried = asyncio.Event()
        self.letters: list[str] = []
        self.chores: Chores | None = None

    def worker(self, capacity: int = 1000) -> Worker:
        """A worker that has not been started."""
        return a_worker(self, self._carry, capacity=capacity, chores=self.chores)

    def working(self) -> AbstractAsyncContextManager[Worker]:
        """A worker at work."""
        return at_work(self.worker())

    def _carry(self, letter: Letter, _: object) -> None:
        self.letters.append(letter.text)
        asyncio.run_coroutine_threadsafe(self._tell(), self.loop)

    async def _tell(self) -> None:
        self.carried.set()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def run(self, story: Story) -> None:
        """Let the story take place; it has ten seconds."""

        async def in_time() -> None:
            self._loop = asyncio.get_running_loop()
            async with asyncio.timeout(10):
                await story(self)

        asyncio.run(in_time())


def test_everybody_is_answered_with_their_own_result() -> None:
    async def story(office: Office) -> None:
        async with office.working() as worker:
            notes = [worker.submit(Note(f"n{n}")) for n in range(600)]
            answers = await asyncio.gather(*notes)
        assert [answer.result for answer in answers] == [f"wrote n{n}" for n in range(600)]
        assert len(office.store.commits) < 60, "what had arrived was taken together"

    Office().run(story)


def test_a_refusal_is_an_answer() -> None:
    async def story(office: Office) -> None:
        async with office.working() as worker:
            refused, good = await asyncio.gather(
                worker.submit(Scribble("?")), worker.submit(Note("good"))
            )
        assert isinstance(refused.error, Illegible)
        assert good.result == "wrote good"

    Office().run(story)


def test_a_store_that_fails_is_an_answer_and_the_worker_goes_on() -> None:
    async def story(office: Office) -> None:
        async with office.working() as worker:
            for error in (StoreUnavailable("disk full"), RuntimeError("a fault of ours")):
                office.store.failures.extend([error] * EVERY_TIME)
                answer = await worker.submit(Note("lost"))
                assert isinstance(answer.error, StoreUnavailable | HandlerFailed)
                office.store.failures.clear()
            assert (await worker.submit(Note("kept"))).result == "wrote kept"
        assert office.store.lines == ["kept"]

    Office().run(story)


def test_more_than_it_holds_is_not_taken() -> None:
    async def story(office: Office) -> None:
        worker = office.worker(capacity=2)
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
        assert office.store.lines == ["n0", "n1"]

    Office().run(story)


def test_what_was_taken_is_finished_before_it_stops() -> None:
    async def story(office: Office) -> None:
        worker = office.worker()
        await worker.start()
        taken = [asyncio.ensure_future(worker.submit(Note(f"n{n}"))) for n in range(600)]
        await asyncio.sleep(0)
        await worker.stop()
        assert all(future.done() for future in taken)
        assert len(office.store.lines) == 600
        with pytest.raises(Stopping):
            await worker.submit(Note("too late"))

    Office().run(story)


def test_what_was_taken_is_finished_even_if_it_stops_at_once() -> None:
    async def story(office: Office) -> None:
        worker = office.worker()
        taken = asyncio.ensure_future(worker.submit(Note("taken")))
        await asyncio.sleep(0)
        await worker.start()
        await worker.stop()
        assert (await taken).result == "wrote taken"

    Office().run(story)


def test_a_caller_who_goes_away_keeps_nobody_from_an_answer() -> None:
    async def story(office: Office) -> None:
        worker = office.worker()
        gone = asyncio.ensure_future(worker.submit(Note("gone")))
        stays = asyncio.ensure_future(worker.submit(Note("stays")))
        await asyncio.sleep(0)
        gone.cancel()
        await worker.start()
        assert (await stays).result == "wrote stays"
        await worker.stop()
        assert office.store.lines == ["gone", "stays"], "it had been taken"

    Office().run(story)


def test_what_an_earlier_process_left_behind_is_finished_before_new_work() -> None:
    async def story(office: Office) -> None:
        root = office.envelope(Note("root", (Note("a"), Note("b"))))
        office.processor.step([root], backlog=False)  # and then it is killed
        assert office.store.lines == ["root"]
        async with office.working() as worker:
            assert office.store.lines == ["root", "a", "b"]
            await worker.submit(Note("new"))
        assert office.store.lines == ["root", "a", "b", "new"]

    Office(bound=1).run(story)


def test_a_huge_cascade_does_not_keep_others_waiting() -> None:
    async def story(office: Office) -> None:
        answered: list[object] = []
        async with office.working() as worker:
            huge = asyncio.ensure_future(
                worker.submit(Note("huge", tuple(Note(f"{n}") for n in range(400))))
            )
            huge.add_done_callback(lambda _: answered.append("huge"))
            for _ in range(5):
                await worker.submit(Note("other"))
                assert answered == []
            await huge
        assert len(office.store.lines) == 406, "it is answered when all of it is done"

    Office(bound=4).run(story)


async def begun(office: Office, worker: Worker, chairs: int) -> asyncio.Future[Answer]:
    """A huge cascade of chairs, the first group of which is on record."""
    cascade = tuple(Note(f"chairs: {n}") for n in range(chairs))
    huge = asyncio.ensure_future(worker.submit(Note("chairs: all", cascade)))
    while not office.store.lines:
        await asyncio.sleep(0)
    return huge


def test_many_others_at_once_go_between_the_groups_of_a_huge_cascade() -> None:
    """Also those for whom there is no room in the next group; they belong elsewhere."""

    async def story(office: Office) -> None:
        async with office.working() as worker:
            huge = await begun(office, worker, 200)
            others = [worker.submit(Note(f"lamps: {n}")) for n in range(9)]
            answers = await asyncio.gather(*others)
            assert [answer.result for answer in answers] == [f"wrote lamps: {n}" for n in range(9)]
            assert not huge.done()
            await huge

    Office(bound=4).run(story)


def test_what_belongs_to_a_huge_cascade_waits_until_it_is_over() -> None:
    """In order: it came later. What belongs elsewhere does not wait."""

    async def story(office: Office) -> None:
        async with office.working() as worker:
            huge = await begun(office, worker, 40)
            late = [
                asyncio.ensure_future(worker.submit(Note(f"chairs: late {n}"))) for n in range(9)
            ]
            assert (await worker.submit(Note("lamps: one"))).result == "wrote lamps: one"
            assert not any(answer.done() for answer in late)
            await asyncio.gather(huge, *late)
        chairs = [line for line in office.store.lines if line.startswith("chairs")]
        expected = ["all", *map(str, range(40)), *(f"late {n}" for n in range(9))]
        assert chairs == [f"chairs: {what}" for what in expected]

    Office(bound=4).run(story)


def test_what_belongs_to_a_huge_cascade_is_not_lost_when_the_store_fails() -> None:
    async def story(office: Office) -> None:
        worker = office.worker()
        await worker.start()
        huge = await begun(office, worker, 40)
        late = asyncio.ensure_future(worker.submit(Note("chairs: late")))
        while not worker._callers._held:
            await asyncio.sleep(0)
        office.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
        assert isinstance((await huge).error, StoreUnavailable)
        office.store.failures.clear()
        await worker.stop()
        assert (await late).result == "wrote chairs: late"
        assert office.store.lines[-2:] == ["chairs: 39", "chairs: late"]

    Office(bound=4).run(story)


def test_what_names_the_same_as_one_that_waits_comes_after_it() -> None:
    """As the quantity of a batch, when its announcement waits for a cascade."""

    async def story(office: Office) -> None:
        async with office.working() as worker:
            huge = await begun(office, worker, 40)
            late = ["chairs: b1: announced", "b1: changed", "b1: sofas: announced", "sofas: one"]
            await worker.submit_all([(Note(text), None) for text in late])
            await huge
        assert [line for line in office.store.lines if line in late] == late
        assert office.store.lines[-4:] == late

    Office(bound=4).run(story)


def test_after_one_of_a_request_that_cannot_be_handled_now_no_other_is() -> None:
    async def story(office: Office) -> None:
        async with office.working() as worker:
            office.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
            request = worker.submit_all([(Note(f"{n}"), None) for n in range(6)])
            answers, other = await asyncio.gather(request, worker.submit(Note("other")))
        assert all(isinstance(answer.error, StoreUnavailable) for answer in answers)
        assert other.result == "wrote other"
        assert office.store.lines == ["other"]

    Office(bound=2).run(story)


def test_cascade_after_cascade_keeps_nobody_from_an_answer() -> None:
    """Whoever came first is answered when their own cascade is over."""

    async def story(office: Office) -> None:
        def cascade(name: str) -> Note:
            return Note(name, tuple(Note(f"{name} {n}") for n in range(10)))

        async with office.working() as worker:
            first = asyncio.ensure_future(worker.submit(cascade("first")))
            others: list[asyncio.Future[Answer]] = []
            while not first.done():
                assert len(others) < 100, "it is answered while others go on and on"
                others.append(asyncio.ensure_future(worker.submit(cascade(f"{len(others)}"))))
                commits = len(office.store.commits)
                while len(office.store.commits) == commits:
                    await asyncio.sleep(0)
            assert not all(other.done() for other in others)
            await asyncio.gather(*others)

    Office(bound=8).run(story)


def test_what_is_found_to_be_due_while_a_group_is_in_hand_is_not_forgotten() -> None:
    async def story(office: Office) -> None:
        async with office.working() as worker:
            office.store.ink = False
            await worker.submit(Note("root", (InkNote("follow-up"),)))
            office.store.ink = True
            office.clock.go_on(seconds=300)
            other = asyncio.ensure_future(worker.submit(Note("other")))
            office.store.begun = worker._go_on  # as the rounds do, at any moment
            await other
            await worker.submit(Note("another"))
            assert "follow-up" in office.store.lines

    Office().run(story)


def test_a_huge_cascade_is_seen_through_before_it_stops() -> None:
    async def story(office: Office) -> None:
        worker = office.worker()
        await worker.start()
        huge = worker.submit(Note("huge", tuple(Note(f"{n}") for n in range(40))))
        answer = asyncio.ensure_future(huge)
        await asyncio.sleep(0)
        await worker.stop()
        assert (await answer).result == "wrote huge"
        assert len(office.store.lines) == 41

    Office(bound=4).run(story)


def test_whoever_repeats_a_message_waits_for_its_cascade_too() -> None:
    async def story(office: Office) -> None:
        huge = Note("huge", tuple(Note(f"{n}") for n in range(40)))
        async with office.working() as worker:
            twice = [asyncio.ensure_future(worker.submit(huge, "once")) for _ in range(2)]
            for answer in asyncio.as_completed(twice):
                assert (await answer).result == "wrote huge"
                assert len(office.store.lines) == 41

    Office(bound=4).run(story)


def test_whoever_waits_for_a_cascade_is_told_when_the_store_fails() -> None:
    async def story(office: Office) -> None:
        huge = Note("huge", tuple(Note(f"{n}") for n in range(40)))
        async with office.working() as worker:
            first = asyncio.ensure_future(worker.submit(huge, "once"))
            while not office.store.lines:
                await asyncio.sleep(0)
            office.store.failures.extend([StoreUnavailable("disk full")] * EVERY_TIME)
            assert isinstance((await first).error, StoreUnavailable)
            office.store.failures.clear()
            assert (await worker.submit(huge, "once")).result == "wrote huge"
            assert len(office.store.lines) == 41

    Office(bound=4).run(story)


def test_one_that_cannot_even_be_written_harms_no_other() -> None:
    async def story(office: Office) -> None:
        async with office.working() as worker:
            office.store.unwritable = Note("bad")
            notes = [worker.submit(Note(what)) for what in ("good", "bad", "better")]
            good, bad, better = await asyncio.gather(*notes)
        assert (good.result, better.result) == ("wrote good", "wrote better")
        assert isinstance(bad.error, HandlerFailed)
        assert office.store.lines == ["good", "better"]

    Office().run(story)


def test_a_worker_that_comes_to_an_end_leaves_nobody_waiting() -> None:
    async def story(office: Office) -> None:
        def cancelled() -> None:
            raise asyncio.CancelledError

        worker = office.worker()
        await worker.start()
        office.store.begun = cancelled
        in_hand = await asyncio.gather(*(worker.submit(Note(f"{n}")) for n in range(3)))
        assert all(isinstance(answer.error, Stopping) for answer in in_hand)
        with pytest.raises(Stopping):
            await worker.submit(Note("later"))
        office.store.begun = lambda: None
        with pytest.raises(asyncio.CancelledError):
            await worker.stop()
        assert asyncio.all_tasks() == {asyncio.current_task()}, "nothing goes on without it"

    Office().run(story)


def test_letters_are_carried_while_it_works() -> None:
    async def story(office: Office) -> None:
        async with office.working() as worker:
            await worker.submit(Note("root", (Letter("to mother"),)))
            await office.carried.wait()
        assert office.letters == ["to mother"]
        assert office.store.entry_of(Letter("to mother")).fate is Fate.HANDLED

    Office().run(story)


class TroubledStore(NotebookStore):
    """Cannot tell what is due, as often as it has troubles."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[Exception] = []

    def something_is_due(self, now: datetime) -> bool:
        if self.troubles:
            raise self.troubles.pop()
        return super().something_is_due(now)


@pytest.mark.parametrize("trouble", [StoreUnavailable("gone"), RuntimeError("a fault of ours")])
def test_trouble_does_not_end_the_relay(trouble: Exception) -> None:
    store = TroubledStore()
    store.troubles.append(trouble)

    async def story(office: Office) -> None:
        async with office.working() as worker:
            await worker.submit(Note("root", (Letter("to mother"),)))
            await office.carried.wait()
        assert store.troubles == []

    Office(store=store).run(story)
