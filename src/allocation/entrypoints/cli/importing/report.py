"""What an import, or its dry run, has come to, for programs."""

from dataclasses import dataclass

from allocation.entrypoints.importing.batch_changes import BatchChange, MissingBatches
from allocation.entrypoints.importing.imports import Import
from allocation.entrypoints.importing.move_report import MoveReport
from allocation.entrypoints.importing.tally import Tally
from allocation.entrypoints.table_files.rejected_rows import RejectedRows
from allocation.views import ChangedPromise, Move


@dataclass(frozen=True, slots=True)
class RowCounts:
    """The rows of a file by outcome.

    Attributes:
        new: the rows that have changed something, by state, such as "allocated".
        already_known: the rows that were known before, by state.
        repeated: the rows that repeat another one of the file.
        refused: the refused rows.
    """

    new: dict[str, int]
    already_known: dict[str, int]
    repeated: int
    refused: int

    @classmethod
    def of(cls, tally: Tally, refused: int) -> "RowCounts":
        """The counts of a tally, and that of the refused rows."""
        return cls(dict(tally.new), dict(tally.stored), tally.repeated, refused)


@dataclass(frozen=True, slots=True)
class MovedLines:
    """Order lines that a file has moved, or would move, and promises that are changed.

    `complete` says whether these are all.
    """

    moved: list[Move]
    promises: list[ChangedPromise]
    complete: bool

    @classmethod
    def of(cls, report: MoveReport) -> "MovedLines":
        """The first order lines that were moved, or are promised otherwise."""
        complete = not (report.has_more_moves or report.has_more_promises)
        return cls(report.moves, report.promises, complete)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The report of `--json`.

    Attributes:
        file: the path of the file.
        dry_run: whether nothing has been changed.
        rows: the counts of the rows.
        rejected: the path of the file with the refused rows, if there are any.
        changes: the first batches that are changed or new, if the file is a count.
        missing: the batches that the file does not have, if it is a count and was read to its end.
        lines: the order lines that have moved; None if the kind of file moves none by itself.
    """

    file: str
    dry_run: bool
    rows: RowCounts
    rejected: str | None
    changes: list[BatchChange]
    missing: MissingBatches | None
    lines: MovedLines | None


def report_of(run: Import, lines: MovedLines | None, *, is_whole: bool) -> ImportReport:
    """The report of an import or of a dry run; `is_whole` says whether it has read all rows."""
    file, refused = run.file, run.file.rejected_rows
    return ImportReport(
        str(file.path),
        not isinstance(refused, RejectedRows),
        RowCounts.of(file.tally, refused.count),
        str(refused.path) if isinstance(refused, RejectedRows) and refused.count else None,
        run.changes.listed,
        run.missing() if is_whole else None,
        lines,
    )
