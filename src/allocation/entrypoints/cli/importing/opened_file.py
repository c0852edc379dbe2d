"""Opens the file of an import, or of its dry run: shows how it is read, and asks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, Final

from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from allocation.entrypoints.cli.console import err, progress, safe
from allocation.entrypoints.cli.importing.import_options import ImportOptions
from allocation.entrypoints.cli.importing.source_file import path_beside, shown_path, source_file
from allocation.entrypoints.cli.importing.understanding import confirm, print_understanding
from allocation.entrypoints.files import using
from allocation.entrypoints.importing.import_file import ImportFile
from allocation.entrypoints.importing.kinds import Kind
from allocation.entrypoints.importing.refusals import ListedRefusals
from allocation.entrypoints.importing.seen import Seen
from allocation.entrypoints.importing.tally import Tally
from allocation.entrypoints.importing.understanding import is_plain
from allocation.entrypoints.runtime import reduce_collections
from allocation.entrypoints.table_files.columns import listed_names, same_name
from allocation.entrypoints.table_files.mapping_file import save_mapping
from allocation.entrypoints.table_files.open_table import AnyTable, open_table
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.entrypoints.table_files.rejected_rows import RejectedRows, default_path

LARGE: Final = 1_000_000
"""Bytes of a file for which it is shown that it is looked through."""


@contextmanager
def opened_file(path: Path, kind: Kind, options: ImportOptions) -> Iterator[ImportFile]:
    """Open a file to be imported: show how it is read, and ask in a terminal.

    Raises:
        UnreadableFile: it is no such table, or can be read in more than one way.
        InvalidOption: an option is not possible.
        UnusablePath: the file of refused rows cannot be written.
        typer.Exit: the answer is no.
    """
    with source_file(path) as file, Seen.nothing() as seen:
        reading = options.reading()
        table = _understood(path, file, kind, reading)
        if not (options.yes or is_plain(table, reading)):
            confirm()
        if options.save_mapping:
            save_mapping(options.save_mapping, reading)
        target = options.rejected or default_path(path_beside(path))
        header, form = table.columns.header, table.refused_form
        with RejectedRows(target, header, beside=file, form=form) as rejected_rows:
            tally = Tally(kind, seen)
            yield ImportFile(shown_path(path), kind, reading, table, rejected_rows, tally, seen)


@contextmanager
def tried_file(path: Path, kind: Kind, options: ImportOptions) -> Iterator[ImportFile]:
    """Open a file for a dry run: it asks nothing, and writes no file of refused rows.

    Raises:
        Exception: as `opened_file`.
    """
    with source_file(path) as file, Seen.nothing() as seen:
        reading = options.reading()
        table = _understood(path, file, kind, reading)
        if options.save_mapping:
            save_mapping(options.save_mapping, reading)
        refused, tally = ListedRefusals(), Tally(kind, seen)
        yield ImportFile(shown_path(path), kind, reading, table, refused, tally, seen)


def _understood(path: Path, file: BinaryIO, kind: Kind, reading: ReadingOptions) -> AnyTable:
    reduce_collections()
    shown = shown_path(path)
    with using(shown):
        with _working(file, shown):
            table = open_table(shown, file, kind, reading)
        plain = is_plain(table, reading)
        if not plain:
            print_understanding(shown, table, kind)
    columns = table.columns
    for column in columns.expected:
        err.print(f"{safe(shown)} has no column {column!r}: {kind.warnings[column]}.")
    unread = [name for name in columns.unread if same_name(name) not in kind.ignored]
    if plain and unread:
        are = "a column that is" if len(unread) == 1 else "columns that are"
        err.print(f"{safe(shown)} has {are} not read: {safe(listed_names(unread))}.")
    return table


@contextmanager
def _working(file: BinaryIO, path: Path) -> Iterator[None]:
    """Show in a terminal that a large file is looked through."""
    columns = SpinnerColumn(), TextColumn("reading {task.description}"), TimeElapsedColumn()
    is_large = os.fstat(file.fileno()).st_size > LARGE
    with progress(*columns) if is_large else nullcontext() as bar:
        if bar is not None:
            bar.add_task(safe(path), total=None)
        yield
