"""What an import, or its dry run, has come to, for programs."""

from dataclasses import dataclass

from allocation.entrypoints.importing.batch_changes import BatchChange, MissingBatches
from allocation.entrypoints.importing.imports import Import
from allocation.entrypoints.importing.moved_lines import Effect, MovedLines
from allocation.entrypoints.importing.tally import Tally
from allocation.entrypoints.table_files.rejected_rows import RejectedRows


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
class ImportReport:
    """The report of `--json`.

    Attributes:
        file: the path of the file.
        dry_run: whether nothing has been changed.
        rows: the counts of the rows.
        rejected: the path of the file with the refused rows, if there are any.
        changes: the first batches that are changed or new, if the file is a count.
        missing: the batches that the file does not have, if it is a count and was read to its end.
        lines: the order lines that have moved, of very many those that lose most.
    """

    file: str
    dry_run: bool
    rows: RowCounts
    rejected: str | None
    changes: list[BatchChange]
    missing: MissingBatches | None
    lines: MovedLines


def report_of(run: Import, effect: Effect, *, is_whole: bool) -> ImportReport:
    """The report of an import or of a dry run; `is_whole` says whether it has read all rows."""
    file, refused = run.file, run.file.rejected_rows
    return ImportReport(
        str(file.path),
        not isinstance(refused, RejectedRows),
        RowCounts.of(file.tally, refused.count),
        str(refused.path) if isinstance(refused, RejectedRows) and refused.count else None,
        run.changes.listed,
        run.missing() if is_whole else None,
        effect.lines,
    )
