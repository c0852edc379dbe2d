"""The jobs of a server while it is running; their files are removed with it, or after it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from allocation.access.callers import Caller
from allocation.bootstrap import Application, Worker
from allocation.entrypoints.board.imports.job_store import JobStore
from allocation.entrypoints.board.imports.running import Runner
from allocation.entrypoints.board.imports.server_folders import (
    remove_abandoned_folders,
    server_folder,
)
from allocation.entrypoints.http.daemon_thread import in_daemon_thread

INTERVAL: Final = 60
"""Seconds between two searches for jobs that are not used any more."""


@asynccontextmanager
async def importing_files(
    application: Application, worker: Worker, admits: Callable[[Caller], bool]
) -> AsyncIterator[JobStore]:
    """The jobs of a server while it is running, with a temporary folder for their files.

    `admits` says whether a caller, whose request was admitted, still would be.
    """
    await in_daemon_thread(remove_abandoned_folders, "abandoned imports")
    runner = Runner(application, worker, asyncio.get_running_loop(), admits)
    with ExitStack() as stack:

        def make_folder() -> Path:
            return stack.enter_context(server_folder())

        jobs = JobStore(runner, make_folder)
        cleaning = asyncio.create_task(_remove_unused(jobs))
        try:
            yield jobs
        finally:
            cleaning.cancel()
            with suppress(asyncio.CancelledError):
                await cleaning
            await jobs.stop()


async def _remove_unused(jobs: JobStore) -> None:
    while True:
        await asyncio.sleep(INTERVAL)
        jobs.remove_unused()
