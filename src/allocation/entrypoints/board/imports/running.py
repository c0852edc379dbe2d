"""What is done with the file of a job, in a thread of its own: reading, trying, importing."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from allocation.access.callers import Caller
from allocation.bootstrap import Answer, Application, DryAnswer, Worker
from allocation.domain.events import Event
from allocation.entrypoints.board.imports.jobs import ImportJob, Progress, Stage
from allocation.entrypoints.board.imports.reports import Report, Understanding
from allocation.entrypoints.board.imports.stoppable_file import Check, stoppable_file
from allocation.entrypoints.files import using
from allocation.entrypoints.importing.dry_run import TrialLimits, try_rows
from allocation.entrypoints.importing.import_file import ImportFile
from allocation.entrypoints.importing.imports import Import, Send
from allocation.entrypoints.importing.move_report import MoveReport
from allocation.entrypoints.importing.portions import portions
from allocation.entrypoints.importing.refusals import ListedRefusals
from allocation.entrypoints.importing.seen import Seen
from allocation.entrypoints.importing.tally import Tally
from allocation.entrypoints.table_files.open_table import AnyTable, open_table
from allocation.entrypoints.table_files.rejected_rows import RejectedRows
from allocation.errors import Conflict, StoreUnavailable

T = TypeVar("T")

ROWS_BETWEEN_REQUESTS: Final = 512
"""The number of rows that are submitted to the worker together; other requests run in between."""

MESSAGES_OF_TRIAL: Final = 2_000
"""The maximum number of messages of the first rows in a dry run."""

ROWS_OF_TRIAL: Final = 50_000
"""The maximum number of these rows: in a count, most of them need no message."""

Ids = Sequence[str] | None


@dataclass(frozen=True)
class Runner:
    """Works on the files of jobs. Its methods block, and are called in threads.

    They stop if the job is cancelled, or if its owner is not let in any more (`admits`): before
    the next portion of rows, and before more of the file is read.
    """

    application: Application
    worker: Worker
    loop: asyncio.AbstractEventLoop
    admits: Callable[[Caller], bool]

    def read(self, job: ImportJob) -> None:
        """Find out how a file is read, and make a dry run of its first rows.

        Raises:
            UnreadableFile: it is no table with the required columns, or can be read in more than
                one way.
            InvalidOption: an option of reading is not possible.
            MessagingError: no dry run is possible now.
        """
        try:
            self._read(job)
        except CancelledError:
            job.problem, job.stage = "Reading it was stopped", Stage.UNREADABLE
        else:
            job.stage = Stage.READY

    def _read(self, job: ImportJob) -> None:
        check = self._check_of(job)
        with _opened(job, check) as (file, table):
            job.understanding = Understanding.of(file, table)
            run = Import(self.application, file)
            limits = TrialLimits(MESSAGES_OF_TRIAL, ROWS_OF_TRIAL, check)
            tried = try_rows(run, self.application, self._try, limits)
            job.trial = Report.of(run, tried.effect, is_whole=tried.is_whole)

    def run(self, job: ImportJob) -> None:
        """Import the rows of a file, until the job is cancelled.

        Raises:
            MessagingError: a row could not be handled; those before it are counted.
        """
        try:
            self._run(job)
        except CancelledError:
            stage = Stage.STOPPED
        else:
            stage = Stage.DONE
        # Last, so that a page that shows this stage has the report and the refused rows, too.
        job.stage = stage

    def _run(self, job: ImportJob) -> None:
        check, submission = self._check_of(job), self.worker.new_submission(job.name)
        with _opened(job, check, refused_at=job.refused_path) as (file, table):
            run, is_whole = Import(self.application, file), False
            moves = MoveReport(self.application.views, self.application.today(), file.seen)
            try:
                for rows in portions(table, file.path, ROWS_BETWEEN_REQUESTS):
                    check()
                    run.handle(rows, self._sender(job, submission), moves)
                    job.progress = _progress(file)
                is_whole = True
            finally:
                with suppress(Conflict, StoreUnavailable):
                    self._wait_for(self.worker.end_submission(submission))
                job.report = Report.of(run, moves.effect, is_whole=is_whole)

    def _check_of(self, job: ImportJob) -> Check:
        def check() -> None:
            if job.is_cancelled or not self.admits(job.owner):
                raise CancelledError

        return check

    def _try(self, events: Sequence[Event], ids: Ids) -> list[DryAnswer]:
        return self._wait_for(self.worker.dry_run(_messages(events, ids)))

    def _sender(self, job: ImportJob, submission: str) -> Send:
        def send(events: Sequence[Event], ids: Ids) -> list[Answer]:
            messages, sender = _messages(events, ids), job.owner.sender
            return self._wait_for(self.worker.submit_all(messages, submission, sender=sender))

        return send

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of work on the event loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()


@contextmanager
def _opened(
    job: ImportJob, check: Check, refused_at: Path | None = None
) -> Iterator[tuple[ImportFile, AnyTable]]:
    """Open the file of a job; its refused rows are listed, or written to a file."""
    shown, kind, reading = Path(job.name), job.kind.kind, job.reading
    with using(shown), stoppable_file(job.path, check) as source, Seen.nothing() as seen:
        table, tally = open_table(shown, source, kind, reading), Tally(kind, seen)
        if refused_at is None:
            refused = ListedRefusals()
            yield ImportFile(shown, kind, reading, table, refused, tally, seen), table
            return
        header, form = table.columns.header, table.refused_form
        with RejectedRows(refused_at, header, beside=source, form=form) as rows:
            yield ImportFile(shown, kind, reading, table, rows, tally, seen), table


def _messages(events: Sequence[Event], ids: Ids) -> list[tuple[Event, str | None]]:
    keys: Sequence[str | None] = ids or [None] * len(events)
    return list(zip(events, keys, strict=True))


def _progress(file: ImportFile) -> Progress:
    rows = file.tally.total + file.rejected_rows.count
    return Progress(rows, min(1.0, file.table.position / max(1, file.table.size)))
