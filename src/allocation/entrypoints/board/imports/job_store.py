"""The jobs of a server, with their files."""

import asyncio
import logging
import shutil
import time
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from allocation.access.callers import Caller
from allocation.entrypoints.board.imports.board_kinds import BoardKind
from allocation.entrypoints.board.imports.jobs import ImportJob, Progress, Stage
from allocation.entrypoints.board.imports.running import Runner
from allocation.entrypoints.http.daemon_thread import in_daemon_thread
from allocation.entrypoints.http.error_responses import KNOWN, message_of
from allocation.entrypoints.http.errors import NoRoomForBody, NotFound
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.errors import InputError, InvalidValue

logger = logging.getLogger(__name__)

KEPT_FOR: Final = 3600
"""Seconds for which a job is kept after its last use."""

MOST: Final = 16
"""The maximum number of jobs of a server; each has a file on its disk."""

MOST_OF_OWNER: Final = 4
"""The maximum number of jobs of one caller; a new one replaces the oldest that is not working."""

AT_ONCE: Final = 2
"""The maximum number of files that are being read or imported at the same time."""

_REMOVED: Final = (
    "There is no such import on this server. Files are removed an hour after their last use, and "
    "when the server is started again. Rows that were imported before are stored: import the same "
    "file again, and they are skipped"
)

_EXPECTED: Final[tuple[type[Exception], ...]] = (InputError, *KNOWN)
"""The errors of files and of messages; any other one is a bug."""


class JobStore:
    """The jobs of a server."""

    def __init__(
        self,
        runner: Runner,
        make_folder: Callable[[], Path],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runner = runner
        self._make_folder = make_folder
        self._clock = clock
        self._jobs: dict[str, ImportJob] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    @cached_property
    def folder(self) -> Path:
        """The folder with the files; each job has a folder in it.

        It is made for the first file: most servers take none, and leave none when they are killed.
        """
        return self._make_folder()

    def of(self, caller: Caller) -> list[ImportJob]:
        """The jobs of a caller, newest first."""
        return [job for job in reversed(self._jobs.values()) if job.is_owned_by(caller)]

    def get(self, id: str, caller: Caller) -> ImportJob:
        """The job with this id.

        Raises:
            NotFound: there is none, or it belongs to another caller.
        """
        job = self._jobs.get(id)
        if job is None or not job.is_owned_by(caller):
            raise NotFound(_REMOVED)
        job.touched_at = self._clock()
        return job

    def new_folder(self, caller: Caller) -> Path:
        """Make the folder for a file of a caller, and the place for its job.

        Raises:
            NoRoomForBody: there are too many jobs.
        """
        own = [job for job in reversed(self.of(caller)) if not job.is_working]
        if len(self.of(caller)) >= MOST_OF_OWNER and own:
            self.remove(own[0])
        if sum(1 for _ in self.folder.iterdir()) >= MOST:
            raise NoRoomForBody("Too many files are being imported; try again later")
        folder = self.folder / token_urlsafe(12)
        folder.mkdir(mode=0o700)
        return folder

    def add(self, folder: Path, owner: Caller, kind: BoardKind, name: str) -> ImportJob:
        """Add the job of the file that is in a new folder, and read the file."""
        job = ImportJob(folder.name, owner, folder, kind, name, self._clock())
        self._jobs[job.id] = job
        self._begin(job, Stage.READING)
        return job

    def read(self, job: ImportJob, caller: Caller, reading: ReadingOptions) -> None:
        """Read the file of a job in another way, for its owner.

        Raises:
            InvalidValue: it is being read or imported.
        """
        _check_idle(job)
        # What was read is replaced, not cleared: a page that is being made may show it.
        job.owner, job.reading, job.report = caller, reading, None
        self._begin(job, Stage.READING)

    def run(self, job: ImportJob, caller: Caller) -> None:
        """Import the file of a job in the background, for its owner.

        It goes on until the owner's key ends, or the session in which it was begun.

        Raises:
            InvalidValue: it is being read or imported, or cannot be read.
        """
        _check_idle(job)
        if job.stage is Stage.UNREADABLE:
            raise InvalidValue("file", job.name, "has not been read")
        job.owner, job.progress, job.report = caller, Progress(), None
        self._begin(job, Stage.RUNNING)

    async def settled(self, job: ImportJob, seconds: float) -> None:
        """Wait until a job is not working any more, but not longer."""
        if (task := self._tasks.get(job.id)) is not None:
            await asyncio.wait([task], timeout=seconds)

    def remove(self, job: ImportJob) -> None:
        """Remove a job that is not working, and its files."""
        self._jobs.pop(job.id, None)
        shutil.rmtree(job.folder, ignore_errors=True)

    def remove_unused(self) -> None:
        """Remove the jobs that have not been used for long."""
        oldest = self._clock() - KEPT_FOR
        for job in list(self._jobs.values()):
            if job.touched_at < oldest and not job.is_working:
                self.remove(job)

    async def stop(self) -> None:
        """Cancel all work on files; return when the portions in progress have been handled."""
        for job in self._jobs.values():
            job.is_cancelled = True
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _begin(self, job: ImportJob, stage: Stage) -> None:
        job.stage, job.problem, job.is_cancelled = stage, "", False
        task = asyncio.create_task(self._work(job))
        self._tasks[job.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job.id, None))

    async def _work(self, job: ImportJob) -> None:
        is_reading = job.stage is Stage.READING
        act = self._runner.read if is_reading else self._runner.run
        failed = Stage.UNREADABLE if is_reading else Stage.FAILED
        async with self._slots:
            try:
                await in_daemon_thread(partial(act, job), "import")
            except _EXPECTED as error:
                job.problem, job.stage = message_of(error), failed
            except Exception:
                logger.exception("the import of a file has failed")
                job.problem, job.stage = "This is a bug of the service: see its log", failed
        job.touched_at = self._clock()


def _check_idle(job: ImportJob) -> None:
    if job.is_working:
        raise InvalidValue("file", job.name, job.stage.value)
