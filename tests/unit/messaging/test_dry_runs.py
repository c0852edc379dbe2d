"""A dry run handles messages as usual and keeps nothing. The domain here is a notebook."""

import asyncio

import pytest

from allocation.messaging import dry_run_group, dry_runs
from allocation.messaging.dry_run_queue import DryRunQueue
from allocation.messaging.dry_runs import DryAnswer
from allocation.messaging.errors import (
    Busy,
    HandlerFailed,
    IdReused,
    Locked,
    Stopping,
    StoreUnavailable,
)
from allocation.messaging.sync_bridge import run_sync
from tests.support.processors import ToyHarness
from tests.support.toy_domain import Illegible, InkNote, Letter, Note, Remark, Scribble
from tests.support.workers import WorkerHarness

TREE = Note("root", (Note("a", (Remark("a1"),)), Remark("b"), Letter("c")))


def dry_run(harness: ToyHarness, *messages: object, id: str | None = None) -> list[DryAnswer]:
    envelopes = [harness.envelope(message, id) for message in messages]
    return harness.processor.dry_run(envelopes)


def result_of(dry: DryAnswer) -> object:
    assert dry.answer is not None
    return dry.answer.result


def with_backlog(harness: ToyHarness, note: Note) -> None:
    """Handle a note, and leave its follow-ups pending."""
    small = ToyHarness(max_group_size=1, store=harness.store, ids=harness.ids, clock=harness.clock)
    small.processor.process_group([small.envelope(note, "first")], backlog=False)


class TestADryRun:
    def test_answers_with_the_result_and_with_the_facts_of_the_chain(
        self, harness: WorkerHarness
    ) -> None:
        [dry] = dry_run(harness, TREE)
        assert result_of(dry) == "wrote root"
        assert dry.facts == [Remark("b"), Remark("a1")]
        assert dry.complete
        assert dry.recorded is None

    def test_stores_no_message_and_sends_none(self, harness: WorkerHarness) -> None:
        dry_run(harness, TREE)
        assert harness.store.entries == {}
        assert harness.store.lines == []
        assert harness.store.commits == []

    def test_gives_each_message_its_own_facts(self, harness: WorkerHarness) -> None:
        first, second = dry_run(harness, TREE, Note("x", (Remark("y"),)))
        assert first.facts == [Remark("b"), Remark("a1")]
        assert second.facts == [Remark("y")]

    def test_is_not_limited_to_a_group(self, small_groups: WorkerHarness) -> None:
        notes = tuple(Note(f"n{n}", (Remark(f"r{n}"),)) for n in range(20))
        [dry] = dry_run(small_groups, Note("root", notes))
        assert dry.facts == [Remark(f"r{n}") for n in range(20)]
        assert dry.complete

    def test_has_the_refusal_and_the_failure_of_a_message(self, harness: WorkerHarness) -> None:
        harness.store.ink = False
        answers = [dry.answer for dry in dry_run(harness, Scribble("~"), InkNote("i"), Note("n"))]
        errors = [type(answer.error) for answer in answers if answer is not None]
        assert errors == [Illegible, HandlerFailed, type(None)]

    def test_is_incomplete_if_a_follow_up_fails(self, harness: WorkerHarness) -> None:
        harness.store.ink = False
        failing, other = dry_run(harness, Note("n", (InkNote("i"),)), Note("m"))
        assert (failing.complete, other.complete) == (False, True)

    def test_does_not_wait_for_a_database_that_is_unavailable(self, harness: WorkerHarness) -> None:
        attempts = []

        def fail() -> None:
            attempts.append(1)
            raise StoreUnavailable("gone")

        harness.store.begun = fail
        with pytest.raises(StoreUnavailable):
            dry_run(harness, Note("n"))
        assert len(attempts) == 1


class TestItsLimit:
    @pytest.fixture(autouse=True)
    def limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dry_run_group, "MOST_ALIKE", 10)
        monkeypatch.setattr(dry_runs, "MOST", 10)

    def test_ends_with_the_facts_so_far(self, harness: WorkerHarness) -> None:
        notes = tuple(Note(f"n{n}", (Remark(f"r{n}"),)) for n in range(20))
        [dry] = dry_run(harness, Note("root", notes))
        assert dry.facts == [Remark(f"r{n}") for n in range(9)]
        assert not dry.complete

    def test_may_be_reached_exactly(self, harness: WorkerHarness) -> None:
        notes = tuple(Note(f"n{n}", (Remark(f"r{n}"),)) for n in range(9))
        [dry] = dry_run(harness, Note("root", notes))
        assert len(dry.facts) == 9
        assert dry.complete

    def test_counts_each_type_apart(self, harness: WorkerHarness) -> None:
        remarks = tuple(Remark(f"r{n}") for n in range(9))
        [dry] = dry_run(harness, Note("root", (*remarks, *(Note(f"n{n}") for n in range(9)))))
        assert dry.complete

    def test_leaves_later_messages_without_an_answer(self, harness: WorkerHarness) -> None:
        answers = dry_run(harness, *(Note(f"n{n}") for n in range(12)))
        assert [dry.answer is None for dry in answers] == [False] * 10 + [True] * 2
        assert [dry.complete for dry in answers] == [True] * 10 + [False] * 2


class TestAnId:
    def test_that_was_used_gets_its_recorded_answer(self, harness: WorkerHarness) -> None:
        harness.process(harness.envelope(TREE, "k"))
        lines = list(harness.store.lines)
        [dry] = dry_run(harness, TREE, id="k")
        assert dry.recorded is not None
        assert (dry.recorded.result, dry.recorded.repeated) == ("wrote root", True)
        assert harness.store.lines == lines

    def test_that_was_used_for_another_message_is_refused(self, harness: WorkerHarness) -> None:
        harness.process(harness.envelope(TREE, "k"))
        [dry] = dry_run(harness, Note("other"), id="k")
        assert dry.answer is not None
        assert isinstance(dry.answer.error, IdReused)

    def test_is_not_recorded(self, harness: WorkerHarness) -> None:
        dry_run(harness, TREE, id="k")
        [answer] = harness.process(harness.envelope(Note("other"), "k"))
        assert (answer.result, answer.repeated) == ("wrote other", False)

    def test_that_is_repeated_within_the_dry_run_gets_the_same_answer(
        self, harness: WorkerHarness
    ) -> None:
        first, again = dry_run(harness, TREE, TREE, id="k")
        assert again.facts == first.facts == [Remark("b"), Remark("a1")]
        assert again.recorded is None


class TestPendingFollowUps:
    def test_with_the_same_key_are_handled_before(self, harness: WorkerHarness) -> None:
        with_backlog(harness, Note("t: first", (Note("t: second"),)))
        [dry] = dry_run(harness, Note("t: third"))
        assert result_of(dry) == "wrote t: third"
        assert harness.store.lines == ["t: first", "t: second"]

    def test_with_another_key_are_not_waited_for(self, harness: WorkerHarness) -> None:
        with_backlog(harness, Note("t: first", (Note("t: second"),)))
        dry_run(harness, Note("u: third"))
        assert harness.store.lines == ["t: first"]

    def test_of_a_message_that_is_repeated_are_handled_before(self, harness: WorkerHarness) -> None:
        note = Note("first", (Note("second"),))
        with_backlog(harness, note)
        [dry] = dry_run(harness, note, id="first")
        assert dry.recorded is not None
        assert harness.store.lines == ["first", "second"]

    def test_that_are_locked_are_an_error(self, harness: WorkerHarness) -> None:
        with_backlog(harness, Note("t: first", (Note("t: second"),)))
        harness.store.locked = {"t"}
        with pytest.raises(Locked):
            dry_run(harness, Note("t: third"))


class TestInAWorker:
    async def test_it_is_answered_and_stores_nothing(self, harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            answers = await worker.dry_run([(TREE, None), (Note("n"), None)])
        assert [result_of(dry) for dry in answers] == ["wrote root", "wrote n"]
        assert harness.store.lines == []

    async def test_it_waits_until_the_backlog_is_done(self, harness: WorkerHarness) -> None:
        harness.store.backlog_is_taken = True
        with_backlog(harness, Note("t: first", (Note("t: second"),)))
        async with harness.working() as worker:
            asked = asyncio.ensure_future(worker.dry_run([(Note("t: third"), None)]))
            other = await worker.dry_run([(Note("u: other"), None)])
            assert result_of(other[0]) == "wrote u: other"
            assert not asked.done()
            harness.store.backlog_is_taken = False
            [dry] = await asked
        assert result_of(dry) == "wrote t: third"
        assert harness.store.lines == ["t: first", "t: second"]

    async def test_it_is_refused_while_the_backlog_is_held_up(self, harness: WorkerHarness) -> None:
        async with harness.working() as worker:
            with_backlog(harness, Note("t: first", (Note("t: second"),)))
            harness.store.locked = {"t"}
            real = await worker.submit(Note("t: real"))
            assert isinstance(real.error, Locked)
            with pytest.raises(Locked):
                await worker.dry_run([(Note("t: third"), None)])
            [dry] = await worker.dry_run([(Note("u: other"), None)])
        assert result_of(dry) == "wrote u: other"

    async def test_messages_are_handled_during_a_long_one(
        self, harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dry_run_group, "STEP", 1)
        async with harness.working() as worker:
            long = asyncio.ensure_future(worker.dry_run([(Note("d"), None)] * 5_000))
            await asyncio.sleep(0)
            answer = await worker.submit(Note("real"))
            assert answer.result == "wrote real"
            assert not long.done()
            assert len(await long) == 5_000

    async def test_it_is_refused_when_the_worker_stops(self, harness: WorkerHarness) -> None:
        with_backlog(harness, Note("t: first", (Note("t: second"),)))
        harness.store.backlog_is_taken = True
        async with harness.working() as worker:
            waiting = asyncio.ensure_future(worker.dry_run([(Note("t: third"), None)]))
            await asyncio.sleep(0)
        with pytest.raises(Stopping):
            await waiting
        with pytest.raises(Stopping):
            await worker.dry_run([(Note("n"), None)])

    async def test_the_worker_stops_when_a_running_one_is_over(
        self, harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dry_run_group, "STEP", 1)
        worker = harness.worker()
        await worker.start()
        running = asyncio.ensure_future(worker.dry_run([(Note("d"), None)] * 1_000))
        await asyncio.sleep(0)
        await worker.stop()
        await asyncio.sleep(0)
        assert running.done()
        assert len(running.result()) == 1_000

    async def test_only_so_many_wait(
        self, harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dry_run_group, "STEP", 1)
        queue = DryRunQueue(harness.processor.dry_runs, tuple, capacity=2)
        envelopes = [harness.envelope(Note("n")) for _ in range(200)]
        first = [asyncio.ensure_future(queue.answers(envelopes)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await queue.answers(envelopes)
        await asyncio.gather(*first)
        assert len(await queue.answers(envelopes)) == 200

    async def test_it_comes_after_requests_that_are_deferred(self, harness: WorkerHarness) -> None:
        dry_runs_of = harness.processor.dry_runs.attempt
        envelopes = [harness.envelope(Note("t: n"))]
        assert await run_sync(lambda: dry_runs_of(envelopes, {"t"})) is None
        assert await run_sync(lambda: dry_runs_of(envelopes, {"u"})) is not None
