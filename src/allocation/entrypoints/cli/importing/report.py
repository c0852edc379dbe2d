"""What an import, or its dry run, has come to, for programs."""

from dataclasses import dataclass

from allocation.entrypoints.cli.importing.batch_changes import BatchChange, MissingBatches
from allocation.entrypoints.cli.importing.imports import Import
from allocation.entrypoints.cli.importing.move_report import MovedLines
from allocation.entrypoints.cli.importing.tally import RowCounts
from allocation.entrypoints.table_files.rejected_rows import RejectedRows


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


def report_of(
    run: Import, missing: MissingBatches | None, lines: MovedLines | None
) -> ImportReport:
    """The report of an import or of a dry run."""
    file, refused = run.file, run.file.rejected_rows
    return ImportReport(
        str(file.path),
        not isinstance(refused, RejectedRows),
        file.tally.counts(refused.count),
        str(refused.path) if isinstance(refused, RejectedRows) and refused.count else None,
        run.changes.listed,
        missing,
        lines,
    )
