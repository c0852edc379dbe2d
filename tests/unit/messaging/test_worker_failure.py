"""A worker that cannot go on says so, once, and leaves nobody waiting and nothing half done."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from allocation.messaging.errors import Fatal, HandlerExited, Stopping
from allocation.messaging.log import Status
from allocation.messaging.worker import Worker
from tests.support import toy_domain
from tests.support.processors import BOUND, a_processor
from tests.support.registries import handled_by
from tests.support.toy_domain import Letter, Note, Page
from tests.support.workers import WorkerHarness, a_worker


class PullsThePlug(BaseException):
    """What no handler has any business to raise."""


OUTRAGES = [SystemExit(0), KeyboardInterrupt(), GeneratorExit(), PullsThePlug("now")]


def a_harness_where_notes_raise(
    outrage: BaseException, max_group_size: int = BOUND
) -> WorkerHarness:
    """A note that says "bad" raises it; the others are written down."""

    def write_down(note: Note, page: Page) -> str:
        written = toy_domain.write_down(note, page)
        if note.text == "bad":
            raise outrage
        return written

    harness = WorkerHarness()
    registry = handled_by(toy_domain.REGISTRY, Note, write_down)
    harness.processor = a_processor(
        harness.store,
        registry,
        toy_domain.Illegible,
        clock=harness.clock,
        max_group_size=max_group_size,
        new_id=harness.ids,
    )
    return harness


def told_once(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    """The one critical line of the log."""
    [record] = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    return record


@pytest.mark.parametrize("outrage", OUTRAGES, ids=repr)
def test_a_handler_that_raises_a_base_exception_ends_the_worker(
    outrage: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(harness: WorkerHarness) -> None:
        worker = harness.worker()
        await worker.start()
        assert (await worker.submit(Note("good"))).result == "wrote good"
        notes = [worker.submit(Note(text)) for text in ("before", "bad", "after")]
        answers = await asyncio.gather(*notes)

        assert all(isinstance(answer.error, Stopping) for answer in answers)
        failure = worker.failure
        assert outrage in (failure, getattr(failure, "__cause__", None))
        with pytest.raises(Stopping):
            await worker.submit(Note("later"))
        await worker.stop()
        assert harness.store.lines == ["good"], "nothing of the group has been kept"
        assert asyncio.all_tasks() == {asyncio.current_task()}, "nothing goes on without it"

    a_harness_where_notes_raise(outrage).run(story)
    assert told_once(caplog).exc_info is not None


def test_a_follow_up_whose_handler_exits_stays_in_the_log_as_it_was() -> None:
    harness = a_harness_where_notes_raise(SystemExit(0), max_group_size=1)
    harness.processor.process_group([harness.envelope(Note("root", (Note("bad"),)))], backlog=False)
    before = harness.store.entry_of(Note("bad"))

    with pytest.raises(HandlerExited, match="SystemExit"):
        harness.processor.recover()

    assert harness.store.entry_of(Note("bad")) == before
    assert before.status is Status.PENDING
    assert harness.store.lines == ["root"]


def test_an_error_of_the_store_that_is_fatal_ends_the_worker_in_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone = Fatal("the file is gone")

    async def story(harness: WorkerHarness) -> None:
        ended = asyncio.Event()
        worker = harness.worker()
        await worker.start(ended.set)
        harness.store.failures.append(gone)
        answer = await worker.submit(Note("lost"))
        assert answer.error is gone
        assert worker.failure is gone
        assert ended.is_set(), "whoever runs it is told"
        await worker.stop()

    WorkerHarness().run(story)
    record = told_once(caplog)
    assert "the file is gone" in record.getMessage()
    assert record.exc_info is None, "it is no fault of the program"


def test_a_fatal_error_of_any_other_use_of_the_store_ends_the_worker() -> None:
    gone = Fatal("the file is gone")

    def act() -> None:
        raise gone

    def steps() -> Iterator[int]:
        raise gone
        yield 1

    async def story(harness: WorkerHarness) -> None:
        for each in (False, True):
            worker = harness.worker()
            await worker.start()
            with pytest.raises(Fatal):
                if each:
                    _ = [step async for step in worker.each(steps())]
                else:
                    await worker.do(act)
            assert worker.failure is gone
            await worker.stop()

    WorkerHarness().run(story)


async def has_failed(worker: Worker) -> BaseException:
    """What has ended it."""
    while worker.failure is None:
        await asyncio.sleep(0)
    return worker.failure


@pytest.mark.parametrize("outrage", OUTRAGES, ids=repr)
def test_a_letter_whose_handler_exits_ends_the_worker_and_stays_in_the_log(
    outrage: BaseException,
) -> None:
    def deliver(letter: Letter, _: object) -> None:
        raise outrage

    async def story(harness: WorkerHarness) -> None:
        worker = a_worker(harness, deliver)
        await worker.start()
        assert (await worker.submit(Note("root", (Letter("bad"),)))).result == "wrote root"
        failure = await has_failed(worker)
        assert outrage in (failure, failure.__cause__)
        await worker.stop()
        assert harness.store.entry_of(Letter("bad")).status is Status.OUTGOING
        assert asyncio.all_tasks() == {asyncio.current_task()}

    WorkerHarness().run(story)


@pytest.mark.parametrize("outrage", [*OUTRAGES, Fatal("gone")], ids=repr)
def test_chores_and_upkeep_that_exit_end_the_worker(outrage: BaseException) -> None:
    def maintenance() -> Iterator[None]:
        raise outrage
        yield

    def after_write() -> None:
        raise outrage

    async def story(harness: WorkerHarness) -> None:
        for parts in ({"maintenance": maintenance}, {"after_write": after_write}):
            worker = a_worker(harness, **parts)
            await worker.start()
            if "after_write" in parts:
                await worker.submit(Note("something is written"))
            failure = await has_failed(worker)
            assert outrage in (failure, failure.__cause__)
            await worker.stop()

    WorkerHarness().run(story)


def test_accepted_messages_are_finished_when_background_tasks_fail() -> None:
    def maintenance() -> Iterator[None]:
        raise SystemExit(0)
        yield

    async def story(harness: WorkerHarness) -> None:
        worker = a_worker(harness, maintenance=maintenance)
        taken = asyncio.ensure_future(worker.submit(Note("taken")))
        await asyncio.sleep(0)
        await worker.start()
        assert (await taken).result == "wrote taken"
        await has_failed(worker)
        await worker.stop()

    WorkerHarness().run(story)
