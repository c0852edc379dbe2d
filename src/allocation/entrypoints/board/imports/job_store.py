"""The jobs of a server, with their files."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from allocation.access.callers import Caller
from allocation.entrypoints.board.imports.board_kinds import BoardKind
from allocation.entrypoints.board.imports.job_tasks import JobTasks
from allocation.entrypoints.board.imports.jobs import ImportJob, Progress, Stage
from allocation.entrypoints.board.imports.running import Runner
from allocation.entrypoints.http.errors import NoRoomForBody, NotFound, TooManyImports
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.errors import InvalidValue

UNUSED_TIME: Final = 3600
"""Seconds after the last use of a job until it is removed."""

MOST: Final = 16
"""The maximum number of files of a server, on its disk."""

MOST_OF_OWNER: Final = 4
"""The maximum number of jobs of one caller; a new one replaces the one that was not used for the
longest time, of those that are not working. As many files may be received meanwhile."""

_REMOVED: Final = (
    "There is no such import on this server. Files are removed an hour after their last use, and "
    "when the server is started again. Rows that were imported before are stored: import the same "
    "file again, and they are skipped"
)


class JobStore:
    """The jobs of a server."""

    def __init__(
        self,
        runner: Runner,
        make_folder: Callable[[], Path],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make_folder = make_folder
        self._clock = clock
        self._tasks = JobTasks(runner, clock)
        self._jobs: dict[str, ImportJob] = {}
        self._receiving: dict[str, Caller] = {}
        self.settled = self._tasks.settled
        """Waits until a job is not working any more, but not longer than so many seconds."""

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

    @contextmanager
    def receiving(self, caller: Caller) -> Iterator[Path]:
        """A new folder for a file of a caller; the job is to be added before the context ends.

        Nothing of the caller is removed for it before that: the file may be refused.

        Raises:
            TooManyImports: so many files of the caller are being received, read or imported.
            NoRoomForBody: the server has too many files.
        """
        self._check_room(caller)
        folder = self.folder / token_urlsafe(12)
        folder.mkdir(mode=0o700)
        self._receiving[folder.name] = caller
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            del self._receiving[folder.name]

    def add(self, folder: Path, owner: Caller, kind: BoardKind, name: str) -> ImportJob:
        """Add the job of the file that is in a new folder, and read the file.

        Raises:
            TooManyImports: the owner has too many, all of which are working.
        """
        if len(self.of(owner)) >= MOST_OF_OWNER:
            idle = [job for job in self.of(owner) if not job.is_working]
            if not idle:
                raise _too_many()
            self.remove(min(idle, key=lambda job: job.touched_at))
        job = ImportJob(folder.name, owner, folder, kind, name, self._clock())
        self._jobs[job.id] = job
        self._tasks.begin(job, Stage.READING)
        return job

    def read(self, job: ImportJob, caller: Caller, reading: ReadingOptions) -> None:
        """Read the file of a job in another way, for its owner.

        Raises:
            InvalidValue: it is being read or imported.
        """
        _check_idle(job)
        # What was read is replaced, not cleared: a page that is being made may show it.
        job.owner, job.reading, job.report = caller, reading, None
        self._tasks.begin(job, Stage.READING)

    def run(self, job: ImportJob, caller: Caller) -> None:
        """Import the file of a job in the background, for its owner.

        It goes on until the owner's key ends, or the session in which it was begun. The second of
        two clicks changes nothing: a file that is being imported, or has been, is left alone.

        Raises:
            InvalidValue: it is being read, or cannot be read.
        """
        if job.stage in (Stage.RUNNING, Stage.DONE):
            return
        _check_idle(job)
        if job.stage is Stage.UNREADABLE:
            raise InvalidValue("file", job.name, "has not been read")
        job.owner, job.progress, job.report = caller, Progress(), None
        self._tasks.begin(job, Stage.RUNNING)

    def remove(self, job: ImportJob) -> None:
        """Remove a job that is not working, and its files."""
        self._jobs.pop(job.id, None)
        shutil.rmtree(job.folder, ignore_errors=True)

    def remove_unused(self) -> None:
        """Remove the jobs that have not been used for long."""
        oldest = self._clock() - UNUSED_TIME
        for job in list(self._jobs.values()):
            if job.touched_at < oldest and not job.is_working:
                self.remove(job)

    async def stop(self) -> None:
        """Cancel all work on files; return when the portions in progress have been handled."""
        for job in self._jobs.values():
            job.is_cancelled = True
        await self._tasks.ended()

    def _check_room(self, caller: Caller) -> None:
        working = sum(job.is_working for job in self.of(caller))
        receiving = sum(each.prefix == caller.prefix for each in self._receiving.values())
        if working + receiving >= MOST_OF_OWNER:
            raise _too_many()
        if len(self._jobs) + len(self._receiving) >= MOST:
            raise NoRoomForBody("The server has too many files to import already; try again later")


def _too_many() -> TooManyImports:
    return TooManyImports(
        f"{MOST_OF_OWNER} of your files are being received, read or imported: wait for one of them"
    )


def _check_idle(job: ImportJob) -> None:
    if job.is_working:
        raise InvalidValue("file", job.name, job.stage.value)
