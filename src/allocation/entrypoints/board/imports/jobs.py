"""The job of an import: one uploaded file, from its upload to its result."""

from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from allocation.access.callers import Caller
from allocation.entrypoints.board.imports.board_kinds import BoardKind
from allocation.entrypoints.board.imports.reports import Report, Understanding
from allocation.entrypoints.table_files.reading_options import ReadingOptions


class Stage(Enum):
    """How far a job has come."""

    READING = "is being read"
    UNREADABLE = "cannot be read"
    READY = "has been read"
    RUNNING = "is being imported"
    DONE = "has been imported"
    STOPPED = "was stopped"
    FAILED = "has failed"


WORKING = (Stage.READING, Stage.RUNNING)
"""The stages in which something is done with the file."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How much has been imported: rows, and the part of the file, from 0 to 1."""

    rows: int = 0
    part: float = 0.0


@dataclass
class ImportJob:
    """An uploaded file, and what has become of it. Threads replace its attributes as a whole.

    Attributes:
        id: identifies the job.
        owner: who has uploaded the file, in the session of the last work on it. Nobody else sees
            the job.
        folder: the folder of its files.
        kind: the kind of the file.
        name: the name of the file.
        reading: how the file is to be read.
        stage: how far the job has come.
        understanding: how the file is read, once it has been read.
        trial: what its first rows would come to.
        progress: how much of it has been imported.
        report: what the import has come to.
        problem: why the file cannot be read, or why the import has failed.
        is_cancelled: whether the work is to stop after the portion in progress.
        touched_at: when it was last used, by the monotonic clock.
    """

    id: str
    owner: Caller
    folder: Path
    kind: BoardKind
    name: str
    touched_at: float
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    stage: Stage = Stage.READING
    understanding: Understanding | None = None
    trial: Report | None = None
    progress: Progress = Progress()
    report: Report | None = None
    problem: str = ""
    is_cancelled: bool = False

    @property
    def path(self) -> Path:
        """The uploaded file."""
        return self.folder / "uploaded"

    @property
    def refused_path(self) -> Path:
        """The file of its refused rows, if there are any."""
        return self.folder / "refused.csv"

    @property
    def is_working(self) -> bool:
        """Whether something is being done with the file."""
        return self.stage in WORKING

    def as_now(self) -> "ImportJob":
        """A copy, which does not change while a page is made of it.

        The stage is copied before the results, and a thread replaces the results first.
        """
        return replace(self)

    def is_owned_by(self, caller: Caller) -> bool:
        """Whether a caller has uploaded the file, with the same key."""
        return self.owner.prefix == caller.prefix
