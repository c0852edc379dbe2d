"""The tasks of jobs: files are read and imported in threads, a few at the same time."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from allocation.entrypoints.board.imports.jobs import ImportJob, Stage
from allocation.entrypoints.board.imports.running import Runner
from allocation.entrypoints.http.daemon_thread import in_daemon_thread
from allocation.entrypoints.http.error_responses import KNOWN, message_of
from allocation.errors import InputError

logger = logging.getLogger(__name__)

IMPORTS_AT_ONCE: Final = 2
"""The maximum number of files that are being imported at the same time."""

READINGS_AT_ONCE: Final = 2
"""The maximum number of files that are being read at the same time, besides those imports."""

_EXPECTED: Final[tuple[type[Exception], ...]] = (InputError, *KNOWN)
"""The errors of files and of messages; any other one is a bug."""


class JobTasks:
    """The tasks of all jobs of a server; a job has one at a time."""

    def __init__(self, runner: Runner, clock: Callable[[], float]) -> None:
        self._runner = runner
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slots = {
            Stage.READING: asyncio.Semaphore(READINGS_AT_ONCE),
            Stage.RUNNING: asyncio.Semaphore(IMPORTS_AT_ONCE),
        }

    def begin(self, job: ImportJob, stage: Stage) -> None:
        """Read or import the file of a job, in the background."""
        job.stage, job.problem, job.is_cancelled = stage, "", False
        task = asyncio.create_task(self._work(job, stage))
        self._tasks[job.id] = task
        task.add_done_callback(partial(self._forget, job.id))

    async def settled(self, job: ImportJob, seconds: float) -> None:
        """Wait until a job is not working any more, but not longer."""
        if (task := self._tasks.get(job.id)) is not None:
            await asyncio.wait([task], timeout=seconds)

    async def ended(self) -> None:
        """Wait until no job is working any more."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _forget(self, id: str, ended: asyncio.Task[None]) -> None:
        # A thread shows that it is ready before its task has ended: the next may have begun.
        if self._tasks.get(id) is ended:
            del self._tasks[id]

    async def _work(self, job: ImportJob, stage: Stage) -> None:
        is_reading = stage is Stage.READING
        act = self._runner.read if is_reading else self._runner.run
        failed = Stage.UNREADABLE if is_reading else Stage.FAILED
        async with self._slots[stage]:
            try:
                await in_daemon_thread(partial(act, job), "import")
            except _EXPECTED as error:
                job.problem, job.stage = message_of(error), failed
            except Exception:
                logger.exception("the import of a file has failed")
                job.problem, job.stage = "This is a bug of the service: see its log", failed
        job.touched_at = self._clock()
