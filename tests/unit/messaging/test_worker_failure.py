"""A worker that cannot go on says so, once, and leaves nobody waiting and nothing half done."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from allocation.messaging.catalogue import Catalogue
from allocation.messaging.errors import Fatal, HandlerExited, Stopping
from allocation.messaging.log import Fate
from allocation.messaging.worker import Worker
from tests.support import notebook
from tests.support.notebook import Letter, Note, Page
from tests.support.processors import BOUND, a_processor
from tests.support.workers import Office, a_worker


class PullsThePlug(BaseException):
    """What no handler has any business to raise."""


OUTRAGES = [SystemExit(0), KeyboardInterrupt(), GeneratorExit(), PullsThePlug("now")]


def an_office_where_notes_raise(outrage: BaseException, bound: int = BOUND) -> Office:
    """A note that says "bad" raises it; the others are written down."""

    def write_down(note: Note, page: Page) -> str:
        told = notebook.write_down(note, page)
        if note.text == "bad":
            raise outrage
        return told

    office = Office()
    inside = {**notebook.CATALOGUE.inside, Note: [write_down]}
    catalogue = Catalogue(inside, notebook.CATALOGUE.outside, notebook.CATALOGUE.facts)
    office.processor = a_processor(
        office.store,
        catalogue,
        notebook.Illegible,
        clock=office.clock,
        bound=bound,
        new_id=office.ids,
    )
    return office


def told_once(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    """The one critical line of the log."""
    [told] = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    return told


@pytest.mark.parametrize("outrage", OUTRAGES, ids=repr)
def test_a_handler_that_raises_what_is_no_exception_ends_the_worker(
    outrage: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(office: Office) -> None:
        worker = office.worker()
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
        assert office.store.lines == ["good"], "nothing of the group has been kept"
        assert asyncio.all_tasks() == {asyncio.current_task()}, "nothing goes on without it"

    an_office_where_notes_raise(outrage).run(story)
    assert told_once(caplog).exc_info is not None


def test_a_follow_up_whose_handler_exits_stays_in_the_log_as_it_was() -> None:
    office = an_office_where_notes_raise(SystemExit(0), bound=1)
    office.processor.step([office.envelope(Note("root", (Note("bad"),)))], backlog=False)
    before = office.store.entry_of(Note("bad"))

    with pytest.raises(HandlerExited, match="SystemExit"):
        office.processor.recover()

    assert office.store.entry_of(Note("bad")) == before
    assert before.fate is Fate.PENDING
    assert office.store.lines == ["root"]


def test_an_error_of_the_store_that_is_fatal_ends_the_worker_in_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone = Fatal("the file is gone")

    async def story(office: Office) -> None:
        ended = asyncio.Event()
        worker = office.worker()
        await worker.start(ended.set)
        office.store.failures.append(gone)
        answer = await worker.submit(Note("lost"))
        assert answer.error is gone
        assert worker.failure is gone
        assert ended.is_set(), "whoever runs it is told"
        await worker.stop()

    Office().run(story)
    told = told_once(caplog)
    assert "the file is gone" in told.getMessage()
    assert told.exc_info is None, "it is no fault of the program"


def test_a_fatal_error_of_whatever_else_is_done_with_the_store_ends_the_worker() -> None:
    gone = Fatal("the file is gone")

    def act() -> None:
        raise gone

    def steps() -> Iterator[int]:
        raise gone
        yield 1

    async def story(office: Office) -> None:
        for each in (False, True):
            worker = office.worker()
            await worker.start()
            with pytest.raises(Fatal):
                if each:
                    _ = [step async for step in worker.each(steps())]
                else:
                    await worker.do(act)
            assert worker.failure is gone
            await worker.stop()

    Office().run(story)


async def has_failed(worker: Worker) -> BaseException:
    """What has ended it."""
    while worker.failure is None:
        await asyncio.sleep(0)
    return worker.failure


@pytest.mark.parametrize("outrage", OUTRAGES, ids=repr)
def test_a_letter_whose_handler_exits_ends_the_worker_and_stays_in_the_log(
    outrage: BaseException,
) -> None:
    def carry(letter: Letter, _: object) -> None:
        raise outrage

    async def story(office: Office) -> None:
        worker = a_worker(office, carry)
        await worker.start()
        assert (await worker.submit(Note("root", (Letter("bad"),)))).result == "wrote root"
        failure = await has_failed(worker)
        assert outrage in (failure, failure.__cause__)
        await worker.stop()
        assert office.store.entry_of(Letter("bad")).fate is Fate.OUTGOING
        assert asyncio.all_tasks() == {asyncio.current_task()}

    Office().run(story)


@pytest.mark.parametrize("outrage", [*OUTRAGES, Fatal("gone")], ids=repr)
def test_chores_and_upkeep_that_exit_end_the_worker(outrage: BaseException) -> None:
    def chores() -> Iterator[None]:
        raise outrage
        yield

    def upkeep() -> None:
        raise outrage

    async def story(office: Office) -> None:
        for parts in ({"chores": chores}, {"upkeep": upkeep}):
            worker = a_worker(office, **parts)
            await worker.start()
            if "upkeep" in parts:
                await worker.submit(Note("something is written"))
            failure = await has_failed(worker)
            assert outrage in (failure, failure.__cause__)
            await worker.stop()

    Office().run(story)


def test_what_was_taken_is_finished_when_it_is_the_rounds_that_have_failed() -> None:
    def chores() -> Iterator[None]:
        raise SystemExit(0)
        yield

    async def story(office: Office) -> None:
        worker = a_worker(office, chores=chores)
        taken = asyncio.ensure_future(worker.submit(Note("taken")))
        await asyncio.sleep(0)
        await worker.start()
        assert (await taken).result == "wrote taken"
        await has_failed(worker)
        await worker.stop()

    Office().run(story)
