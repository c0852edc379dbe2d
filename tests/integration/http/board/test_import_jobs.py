"""The jobs of imports: they stop between portions, go on, and are removed with their files."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, ClassVar

import pytest

from allocation.access.callers import OPEN, Caller
from allocation.bootstrap import Answer, Application, Worker, bootstrap
from allocation.config import Settings
from allocation.entrypoints.board.imports import job_store
from allocation.entrypoints.board.imports.board_kinds import kind_named
from allocation.entrypoints.board.imports.job_store import JobStore
from allocation.entrypoints.board.imports.jobs import ImportJob, Stage
from allocation.entrypoints.board.imports.pages import job_page
from allocation.entrypoints.board.imports.running import ROWS_BETWEEN_REQUESTS, Runner
from allocation.entrypoints.board.imports.server_jobs import importing_files
from allocation.entrypoints.board.page_request import Page
from allocation.entrypoints.http.errors import NoRoomForBody, NotFound
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.errors import InvalidValue
from allocation.messaging.errors import StoreUnavailable
from tests.support.files import lines_for

ROWS = ROWS_BETWEEN_REQUESTS * 2 + 1
FILE = "ref,sku,qty\nb1,LAMP,10\n"
LINES = "orderid,sku,qty\n" + "\n".join(lines_for("LAMP", ROWS))
OTHER = Caller("key:other", OPEN.permitted, "0" * 12)
"""A caller with another key."""


@asynccontextmanager
async def at_work(url: str) -> AsyncIterator[tuple[Application, Worker]]:
    """An application whose worker is running."""
    with closing(bootstrap(Settings(url), create=True)) as application:
        worker = application.worker()
        await worker.start()
        try:
            yield application, worker
        finally:
            await worker.stop()


def admits_all(_: Caller) -> bool:
    return True


def a_runner(
    application: Application, worker: Worker, admits: Callable[[Caller], bool] = admits_all
) -> Runner:
    return Runner(application, worker, asyncio.get_running_loop(), admits)


class ManualClock:
    """A clock that shows what it is set to, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Interrupting:
    """A worker that calls a function after each portion."""

    def __init__(self, worker: Worker, interrupt: Callable[[], None]) -> None:
        self._worker = worker
        self._interrupt = interrupt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._worker, name)

    async def submit_all(self, messages: Sequence[Any], *rest: Any, **named: Any) -> list[Answer]:
        answers = await self._worker.submit_all(messages, *rest, **named)
        self._interrupt()
        return answers


def add(jobs: JobStore, content: str, kind: str = "batches", owner: Caller = OPEN) -> ImportJob:
    """The job of an uploaded file."""
    with jobs.receiving(owner) as folder:
        (folder / "uploaded").write_text(content)
        return jobs.add(folder, owner, kind_named(kind), "rows.csv")


async def done(jobs: JobStore, job: ImportJob) -> Stage:
    await jobs.settled(job, 30)
    return job.stage


async def test_an_import_that_is_cancelled_stops_after_a_portion_and_goes_on(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with at_work(sqlite_url) as (application, worker):

        def cancel() -> None:
            job.is_cancelled = True

        interrupting: Any = Interrupting(worker, cancel)
        jobs = JobStore(a_runner(application, interrupting), lambda: tmp_path)
        stock = add(jobs, f"ref,sku,qty\nb1,LAMP,{ROWS}\n")
        job = add(jobs, LINES, "orders")
        assert [await done(jobs, each) for each in (stock, job)] == [Stage.READY] * 2
        assert job.trial is not None
        assert job.trial.is_whole
        jobs.run(stock, OPEN)
        await done(jobs, stock)

        jobs.run(job, OPEN)
        assert await done(jobs, job) is Stage.STOPPED
        assert job.report is not None
        assert job.report.outcomes == [("allocated", ROWS_BETWEEN_REQUESTS)]

        jobs_without_end = JobStore(a_runner(application, worker), lambda: tmp_path)
        jobs_without_end.run(job, OPEN)
        assert await done(jobs_without_end, job) is Stage.DONE
        assert job.report.outcomes == [
            ("allocated", ROWS_BETWEEN_REQUESTS + 1),
            ("already there", ROWS_BETWEEN_REQUESTS),
        ]


async def test_a_failure_is_told_and_what_was_imported_before_is_counted(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with at_work(sqlite_url) as (application, worker):
        portions: list[None] = []

        def fail() -> None:
            portions.append(None)
            if len(portions) > 1:
                raise StoreUnavailable("the disk is gone", "here")

        failing: Any = Interrupting(worker, fail)
        jobs = JobStore(a_runner(application, failing), lambda: tmp_path)
        rows = "\n".join(f"b{n},LAMP,1" for n in range(ROWS))
        job = add(jobs, f"ref,sku,qty\n{rows}\n")
        await done(jobs, job)

        jobs.run(job, OPEN)

        assert await done(jobs, job) is Stage.FAILED
        assert "the disk is gone" in job.problem
        assert job.report is not None
        assert job.report.outcomes == [("imported", ROWS_BETWEEN_REQUESTS)]


async def test_a_server_that_stops_lets_the_portion_end_and_removes_the_files(
    sqlite_url: str,
) -> None:
    async with at_work(sqlite_url) as (application, worker):
        has_begun = asyncio.Event()
        observed: Any = Interrupting(worker, has_begun.set)
        async with importing_files(application, observed, admits_all) as jobs:
            rows = "".join(f"b{n},LAMP,1\n" for n in range(10 * ROWS_BETWEEN_REQUESTS))
            job = add(jobs, f"ref,sku,qty\n{rows}")
            await done(jobs, job)
            jobs.run(job, OPEN)
            await has_begun.wait()

        assert job.stage is Stage.STOPPED
        assert job.report is not None
        assert job.report.outcomes[0] == ("imported", job.report.rows)
        assert not job.folder.exists()


@asynccontextmanager
async def job_store_on(url: str, folder: Path, clock: ManualClock) -> AsyncIterator[JobStore]:
    """The jobs of a server whose clock is set by the test."""
    async with at_work(url) as (application, worker):
        runner = a_runner(application, worker)
        imports = folder / "imports"
        imports.mkdir()
        yield JobStore(runner, lambda: imports, clock)


async def test_a_job_is_removed_an_hour_after_its_last_use(sqlite_url: str, tmp_path: Path) -> None:
    clock = ManualClock()
    async with job_store_on(sqlite_url, tmp_path, clock) as jobs:
        job = add(jobs, FILE)
        await done(jobs, job)
        clock.now = 3000.0
        assert jobs.get(job.id, OPEN) is job
        clock.now = 6000.0
        jobs.remove_unused()
        assert jobs.get(job.id, OPEN) is job, "it was used 50 minutes ago"
        clock.now = 9601.0
        jobs.remove_unused()

        with pytest.raises(NotFound):
            jobs.get(job.id, OPEN)
        assert not job.folder.exists()


async def test_a_server_takes_no_more_files_than_it_has_room_for(
    sqlite_url: str, tmp_path: Path
) -> None:
    clock = ManualClock()
    async with job_store_on(sqlite_url, tmp_path, clock) as jobs:
        for number in range(job_store.MOST):
            owner = OTHER._replace(prefix=f"{number:012}")
            await done(jobs, add(jobs, FILE, owner=owner))

        with pytest.raises(NoRoomForBody), jobs.receiving(OTHER):
            pass


async def test_a_bug_is_logged_and_no_page_waits_for_it(
    sqlite_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock()
    async with job_store_on(sqlite_url, tmp_path, clock) as jobs:
        job = add(jobs, FILE)
        await done(jobs, job)
        job.kind = job.kind._replace(kind=None)  # type: ignore[arg-type]  # which is the bug
        jobs.run(job, OPEN)

        assert await done(jobs, job) is Stage.FAILED
        assert job.problem == "This is a bug of the service: see its log"
        assert "the import of a file has failed" in caplog.text


class WatchedJob(ImportJob):
    """A job with a page after each change of it."""

    pages: ClassVar[list[Page]] = []

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        self.pages.append(job_page(self))

    def as_now(self) -> ImportJob:
        return ImportJob(**vars(self))


async def test_a_job_has_a_page_at_any_moment_while_its_file_is_read_again(
    sqlite_url: str, tmp_path: Path
) -> None:
    clock = ManualClock()
    async with job_store_on(sqlite_url, tmp_path, clock) as jobs:
        job = add(jobs, FILE)
        await done(jobs, job)
        jobs.run(job, OPEN)
        await done(jobs, job)
        job.__class__ = WatchedJob

        jobs.read(job, OPEN, ReadingOptions(delimiter=","))
        assert await done(jobs, job) is Stage.READY

        shown = {str(page.context["stage"]): page.context for page in WatchedJob.pages}
        assert {"DONE", "READING", "READY"} <= shown.keys()
        ready = [page for page in WatchedJob.pages if page.context["stage"] == "READY"]
        assert all(page.context["report"] is job.trial for page in ready)
        assert all(page.context["report"] for page in WatchedJob.pages)


async def test_a_file_that_cannot_be_read_any_more_is_not_imported(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with job_store_on(sqlite_url, tmp_path, ManualClock()) as jobs:
        job = add(jobs, FILE)
        await done(jobs, job)
        jobs.read(job, OPEN, ReadingOptions(delimiter=";"))
        assert await done(jobs, job) is Stage.UNREADABLE

        with pytest.raises(InvalidValue, match="has not been read"):
            jobs.run(job, OPEN)
