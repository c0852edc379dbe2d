"""How many files a caller may have on the board, and which one makes place for a new one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from threading import Event
from typing import Any, Final

import pytest

from allocation.access.callers import OPEN, Caller
from allocation.access.scopes import Scope
from allocation.entrypoints.board.imports.job_store import MOST_OF_OWNER, JobStore
from allocation.entrypoints.board.imports.job_tasks import IMPORTS_AT_ONCE
from allocation.entrypoints.board.imports.jobs import ImportJob, Stage
from allocation.entrypoints.http.errors import TooManyImports
from allocation.errors import InvalidValue
from tests.integration.http.board.test_import_jobs import OTHER, ManualClock, add, done
from tests.integration.http.conftest import Client
from tests.support.board_imports import HTML, act, imported, settled, upload, uploaded
from tests.support.guarded import guarded

FILE: Final = "ref,sku,qty\nb1,LAMP,10\nb2,LAMP,x\n"
TIMEOUT: Final = 60


class Workbench:
    """Stands in for the work on files: each kind of it goes on until the test ends it."""

    def __init__(self) -> None:
        self.may_end_reading, self.may_end_import = Event(), Event()
        self.shown = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def read(self, job: ImportJob) -> None:
        """Show that the file has been read, and end some time after that."""
        job.stage = Stage.READY
        self._loop.call_soon_threadsafe(self.shown.set)
        self.may_end_reading.wait(TIMEOUT)

    def run(self, job: ImportJob) -> None:
        self.may_end_import.wait(TIMEOUT)
        job.stage = Stage.DONE


class SlowReading(Workbench):
    """Files are being read until the test ends it."""

    def read(self, job: ImportJob) -> None:
        self.may_end_reading.wait(TIMEOUT)
        job.stage = Stage.READY


@asynccontextmanager
async def jobs_with(bench: Workbench, folder: Path) -> AsyncIterator[JobStore]:
    """Jobs, all work on which ends with the context."""
    runner: Any = bench
    jobs = JobStore(runner, lambda: folder, ManualClock())
    try:
        yield jobs
    finally:
        bench.may_end_reading.set()
        bench.may_end_import.set()
        await jobs.stop()


def test_a_refused_file_removes_no_other_one(client: Client) -> None:
    addresses = [imported(client, "batches", FILE) for _ in range(MOST_OF_OWNER)]

    assert upload(client, "no-such-kind", FILE).status_code == 400
    assert upload(client, "batches", "").status_code == 400

    statuses = [client.get(f"{address}/refused").status_code for address in addresses]
    assert statuses == [200] * MOST_OF_OWNER


def test_a_new_file_replaces_the_one_that_was_not_used_for_the_longest_time(
    client: Client,
) -> None:
    first, second, *others = [imported(client, "batches", FILE) for _ in range(MOST_OF_OWNER)]
    client.get(first, headers=HTML)

    new = uploaded(client, "batches", FILE)

    assert client.get(second, headers=HTML).status_code == 404
    for address in (first, *others, new):
        assert client.get(address, headers=HTML).status_code == 200


async def test_a_job_is_waited_for_that_began_before_the_task_before_it_had_ended(
    tmp_path: Path,
) -> None:
    bench = Workbench()
    async with jobs_with(bench, tmp_path) as jobs:
        others = asyncio.all_tasks()
        job = add(jobs, FILE)
        [reading] = asyncio.all_tasks() - others
        await bench.shown.wait()
        jobs.run(job, OPEN)
        bench.may_end_reading.set()
        await asyncio.wait([reading])

        stopping = asyncio.create_task(jobs.stop())
        for _ in range(10):
            await asyncio.sleep(0)
        assert not stopping.done()
        bench.may_end_import.set()
        await stopping

        assert job.stage is Stage.DONE


async def test_a_caller_whose_files_are_all_being_read_has_to_wait_and_others_have_not(
    tmp_path: Path,
) -> None:
    async with jobs_with(SlowReading(), tmp_path) as jobs:
        for _ in range(MOST_OF_OWNER):
            add(jobs, FILE)

        with pytest.raises(TooManyImports, match="4 of your files"):
            add(jobs, FILE)
        add(jobs, FILE, owner=OTHER)


async def test_files_that_are_being_received_have_places_too(tmp_path: Path) -> None:
    async with jobs_with(SlowReading(), tmp_path) as jobs:
        with ExitStack() as stack:
            for _ in range(MOST_OF_OWNER):
                stack.enter_context(jobs.receiving(OPEN))
            with pytest.raises(TooManyImports):
                add(jobs, FILE)
            add(jobs, FILE, owner=OTHER)
        add(jobs, FILE)


async def test_a_file_is_not_taken_if_all_others_have_begun_to_work_meanwhile(
    tmp_path: Path,
) -> None:
    bench = Workbench()
    bench.may_end_reading.set()
    async with jobs_with(bench, tmp_path) as jobs:
        files = [add(jobs, FILE) for _ in range(MOST_OF_OWNER)]
        for job in files:
            await done(jobs, job)
        with pytest.raises(TooManyImports), jobs.receiving(OPEN) as folder:
            for job in files:
                jobs.run(job, OPEN)
            jobs.add(folder, OPEN, files[0].kind, "new.csv")

        assert jobs.of(OPEN) == files[::-1]
        assert not folder.exists()


async def test_long_imports_keep_no_file_from_being_read(tmp_path: Path) -> None:
    bench = Workbench()
    bench.may_end_reading.set()
    async with jobs_with(bench, tmp_path) as jobs:
        for _ in range(IMPORTS_AT_ONCE):
            job = add(jobs, FILE)
            await done(jobs, job)
            jobs.run(job, OPEN)

        assert await done(jobs, add(jobs, FILE, owner=OTHER)) is Stage.READY


async def test_a_file_that_is_being_read_is_not_imported(tmp_path: Path) -> None:
    async with jobs_with(SlowReading(), tmp_path) as jobs:
        job = add(jobs, FILE)

        with pytest.raises(InvalidValue, match="is being read"):
            jobs.run(job, OPEN)


async def test_a_second_click_leaves_an_import_alone(tmp_path: Path) -> None:
    bench = Workbench()
    bench.may_end_reading.set()
    async with jobs_with(bench, tmp_path) as jobs:
        job = add(jobs, FILE)
        await done(jobs, job)

        for _ in range(2):
            jobs.run(job, OPEN)

        bench.may_end_import.set()
        assert await done(jobs, job) is Stage.DONE


def test_a_second_click_shows_the_report_of_the_first(client: Client) -> None:
    address = imported(client, "batches", FILE)
    page = settled(client, address)

    answer = act(client, address, "run")

    assert answer.headers["location"] == address
    assert settled(client, address) == page
    assert "Imported 1 Refused 1" in page


async def test_a_caller_with_too_many_files_is_told_so_with_a_code(sqlite_url: str) -> None:
    async with guarded(sqlite_url) as service:
        key = await service.create("depot", Scope.STOCK)
        caller = Caller("key:depot", OPEN.permitted, key[4:16])
        with ExitStack() as stack:
            for _ in range(MOST_OF_OWNER):
                stack.enter_context(service.app.state.imports.receiving(caller))

            answer = await service.client.post(
                "/board/import",
                data={"csrf": "", "kind": "batches"},
                files={"file": ("rows.csv", FILE)},
                headers={"Authorization": f"Bearer {key}"},
            )

        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_imports")
        assert answer.headers["retry-after"]
