"""What the pages tell about a file: how it is read, and what its rows come to."""

from collections import Counter
from dataclasses import dataclass
from math import floor, log10

from allocation.entrypoints.importing.batch_changes import BatchChange, MissingBatches
from allocation.entrypoints.importing.cautions import NotedCaution
from allocation.entrypoints.importing.import_file import ImportFile
from allocation.entrypoints.importing.imports import Import
from allocation.entrypoints.importing.line_counts import LineCounts
from allocation.entrypoints.importing.moved_lines import Effect
from allocation.entrypoints.importing.refusals import ListedRefusals
from allocation.entrypoints.importing.understanding import first_values, form_of
from allocation.entrypoints.line_outcomes import MovedLine
from allocation.entrypoints.table_files.columns import same_name
from allocation.entrypoints.table_files.open_table import AnyTable


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """A column: its name in the file, None if it has none, and its first values."""

    name: str
    in_file: str | None
    values: str


@dataclass(frozen=True, slots=True)
class Understanding:
    """How a file is read.

    Attributes:
        form: its encoding and delimiter, or its sheet, and its header.
        columns: which column is which.
        unread: the columns that are not read.
        warnings: the consequences of missing columns.
    """

    form: str
    columns: list[ColumnReading]
    unread: list[str]
    warnings: list[str]

    @classmethod
    def of(cls, file: ImportFile, table: AnyTable) -> "Understanding":
        """How a file is read."""
        kind, columns, values = file.kind, table.columns, first_values(table)
        readings = [
            ColumnReading(
                name,
                columns.header[columns.indices[name]] if name in columns.indices else None,
                ", ".join(values.get(name, ())),
            )
            for name in kind.every_column
        ]
        unread = [name for name in columns.unread if same_name(name) not in kind.ignored]
        missing = [f"There is no column {c}: {kind.warnings[c]}." for c in columns.expected]
        return cls(form_of(table), readings, unread, missing)


@dataclass(frozen=True, slots=True)
class Report:
    """What rows of a file have come to, or would come to.

    Attributes:
        rows: how many rows these are.
        outcomes: how many of them had which outcome, refused ones included.
        refused: how many were refused.
        first_refused: the first refused rows of a dry run, with the reasons.
        cautions: the probable mistakes.
        has_other_values: whether batches of the file exist with other quantities or days.
        changes, change_count: the first changes of batches by a count, and the number of all.
        missing: the batches that a count does not have; None if that is not known.
        moves: the order lines that moved, those that lose most first; of very many only these.
        line_counts: what happens to how many lines, also to those that are not listed.
        is_counted: whether these are the counts of all rows.
        is_whole: whether these are all rows of the file.
        estimate: the number of rows of the file, about.
    """

    rows: int
    outcomes: list[tuple[str, int]]
    refused: int
    first_refused: list[str]
    cautions: list[NotedCaution]
    has_other_values: bool
    changes: list[BatchChange]
    change_count: int
    missing: MissingBatches | None
    moves: list[MovedLine]
    line_counts: LineCounts
    is_counted: bool
    is_whole: bool
    estimate: int

    @classmethod
    def of(cls, run: Import, effect: Effect, *, is_whole: bool) -> "Report":
        """What the rows of a file have come to so far."""
        file, refused = run.file, run.file.rejected_rows
        rows = file.tally.total + refused.count
        part = file.table.position / max(1, file.table.size)
        return cls(
            rows,
            _outcomes(run),
            refused.count,
            refused.first if isinstance(refused, ListedRefusals) else [],
            list(run.cautions.noted()),
            run.has_other_values,
            run.changes.listed,
            run.changes.count,
            run.missing() if is_whole else None,
            effect.outcomes,
            effect.counts,
            effect.is_counted,
            is_whole,
            rows if is_whole or not part else _rounded(rows / part),
        )


def _rounded(estimate: float) -> int:
    """An estimate with two digits."""
    return int(round(estimate, 1 - floor(log10(max(1, estimate)))))


def _outcomes(run: Import) -> list[tuple[str, int]]:
    tally = run.file.tally
    outcomes = _sorted(tally.new)
    others = (
        ("already there", tally.stored.total()),
        ("repeated in the file", tally.repeated),
        ("refused", run.file.rejected_rows.count),
    )
    return [*outcomes, *((word, count) for word, count in others if count)]


def _sorted(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items())
