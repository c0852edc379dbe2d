"""What an import and its dry run share: the file, its refused rows, and the counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from allocation.entrypoints.cli.console import err, out, safe
from allocation.entrypoints.cli.importing.kinds import Kind
from allocation.entrypoints.cli.importing.seen import Seen
from allocation.entrypoints.cli.importing.tally import Tally
from allocation.entrypoints.files import using
from allocation.entrypoints.runtime import reduce_collections
from allocation.entrypoints.table_files.csv_table import Table, listed_names
from allocation.entrypoints.table_files.rejected_rows import COLUMNS, RejectedRows, default_path


class OpenedFile(NamedTuple):
    """An open file: its table, its refused rows, and the counts and keys of its rows."""

    path: Path
    kind: Kind
    table: Table
    rejected_rows: RejectedRows
    tally: Tally
    seen: Seen


@contextmanager
def opened_file(path: Path, kind: Kind, rejected: Path | None) -> Iterator[OpenedFile]:
    """Open a file to be imported; warn of columns that it lacks, and of those that are not read."""
    with _opened(path) as file, Seen.nothing() as seen:
        reduce_collections()
        with using(path):
            table = Table(path, file, kind)
        target = rejected or default_path(path)
        with RejectedRows(target, table.header, beside=file) as rejected_rows:
            _warn(path, kind, table)
            yield OpenedFile(path, kind, table, rejected_rows, Tally(kind, seen), seen)


def _warn(path: Path, kind: Kind, table: Table) -> None:
    for column in table.missing:
        if column in kind.warnings:
            err.print(f"{safe(path)} has no column {column!r}: {kind.warnings[column]}.")
    unused = [name for name in table.unused if name not in COLUMNS]
    if unused:
        columns = "a column that is" if len(unused) == 1 else "columns that are"
        err.print(f"{safe(path)} has {columns} not read: {safe(listed_names(unused))}.")


def print_summary(file: OpenedFile) -> None:
    """Print the counts, which rows changed nothing, and where the refused rows are."""
    refused = file.rejected_rows
    out.print(file.tally.summary(refused.count))
    for lines in file.tally.lines():
        err.print(lines)
    if refused.count:
        err.print(f"The refused rows, with reasons, are in {safe(refused.path)}")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with using(path):
        file = path.open("rb")
    with file:
        yield file
