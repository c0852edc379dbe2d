"""A worker that cannot go on says so, once, and leaves nobody waiting and nothing half done."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from allocation.messaging.errors import Fatal, HandlerExited, Stopping
from allocation.messaging.log import Status
from allocation.messaging.worker import Worker
from tests.support import toy_domain
from tests.support.processors import BOUND
from tests.support.registries import handled_by
from tests.support.toy_domain import Letter, Note, Page
from tests.support.workers import WorkerHarness


class PullsThePlug(BaseException):
    """What no handler has any business to raise."""


OUTRAGES = [SystemExit(0), KeyboardInterrupt(), GeneratorExit(), PullsThePlug("now")]
GONE = Fatal("the file is gone")


def a_harness_where_notes_raise(
    outrage: BaseException, max_group_size: int = BOUND
) -> WorkerHarness:
    """A note that says "bad" raises it; the others are written down."""

    def write_down(note: Note, page: Page) -> str:
        written = toy_domain.write_down(note, page)
        if note.text == "bad":
            raise outrage
        return written

    registry = handled_by(toy_domain.REGISTRY, Note, write_down)
    return WorkerHarness(max_group_size, registry=registry)


def told_once(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    """The one critical line of the log."""
    [record] = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    return record


@pytest.mark.parametrize("outrage", [*OUTRAGES, asyncio.CancelledError()], ids=repr)
async def test_a_handler_that_raises_a_base_exception_ends_the_worker(
    outrage: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    harness = a_harness_where_notes_raise(outrage)
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
    assert harness.store.lines == ["good"], "nothing of the group has been stored"
    assert_nothing_goes_on()
    assert told_once(caplog).exc_info is not None


def assert_nothing_goes_on() -> None:
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_follow_up_whose_handler_exits_stays_in_the_log_as_it_was() -> None:
    harness = a_harness_where_notes_raise(SystemExit(0), max_group_size=1)
    harness.processor.process_group([harness.envelope(Note("root", (Note("bad"),)))], backlog=False)
    before = harness.store.entry_of(Note("bad"))

    with pytest.raises(HandlerExited, match="SystemExit"):
        harness.processor.recover()

    assert harness.store.entry_of(Note("bad")) == before
    assert before.status is Status.PENDING
    assert harness.store.lines == ["root"]


async def test_an_error_of_the_store_that_is_fatal_ends_the_worker_in_one_line(
    harness: WorkerHarness, caplog: pytest.LogCaptureFixture
) -> None:
    ended = asyncio.Event()
    worker = harness.worker()
    await worker.start(ended.set)
    harness.store.failures.append(GONE)
    answer = await worker.submit(Note("lost"))
    assert answer.error is worker.failure is GONE
    assert ended.is_set(), "whoever runs it is told"
    await worker.stop()
    record = told_once(caplog)
    assert "the file is gone" in record.getMessage()
    assert record.exc_info is None, "it is no fault of the program"


def raising(error: BaseException) -> Iterator[int]:
    """The steps of a job, of which the first raises it."""
    raise error
    yield 1


@pytest.mark.parametrize("step_by_step", [False, True])
async def test_a_fatal_error_of_any_other_use_of_the_store_ends_the_worker(
    harness: WorkerHarness, step_by_step: bool
) -> None:
    async with harness.working() as worker:
        with pytest.raises(Fatal):
            if step_by_step:
                _ = [step async for step in worker.each(raising(GONE))]
            else:
                await worker.do(lambda: next(raising(GONE)))
        assert worker.failure is GONE


async def has_failed(worker: Worker) -> BaseException:
    """What has ended it."""
    while worker.failure is None:
        await asyncio.sleep(0)
    return worker.failure


PARTS = [
    *(("deliver", outrage) for outrage in OUTRAGES),
    *((part, error) for part in ("maintenance", "after_write") for error in (*OUTRAGES, GONE)),
]


@pytest.mark.parametrize(("part", "outrage"), PARTS, ids=repr)
async def test_a_delivery_maintenance_or_a_hook_that_exits_ends_the_worker(
    harness: WorkerHarness, part: str, outrage: BaseException
) -> None:
    def act(*_: object) -> None:
        raise outrage

    parts: dict[str, Any] = {part: act if part != "maintenance" else lambda: raising(outrage)}
    worker = harness.worker(**parts)
    await worker.start()
    await worker.submit(Note("root", (Letter("bad"),)))
    failure = await has_failed(worker)
    await worker.stop()
    assert outrage in (failure, failure.__cause__)
    if part == "deliver":
        assert harness.store.entry_of(Letter("bad")).status is Status.OUTGOING
    assert_nothing_goes_on()


async def test_accepted_messages_are_finished_when_background_tasks_fail(
    harness: WorkerHarness,
) -> None:
    worker = harness.worker(maintenance=lambda: raising(SystemExit(0)))
    taken = asyncio.ensure_future(worker.submit(Note("taken")))
    await asyncio.sleep(0)
    await worker.start()
    assert (await taken).result == "wrote taken"
    await has_failed(worker)
    await worker.stop()
