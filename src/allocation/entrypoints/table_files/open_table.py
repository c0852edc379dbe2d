"""Opens a file as a table, whether it is text or a workbook."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from allocation.entrypoints.table_files.cells import Cells
from allocation.entrypoints.table_files.columns import SEARCHED, Columns, Wanted, listed_names
from allocation.entrypoints.table_files.csv_table import CsvTable
from allocation.entrypoints.table_files.layout import Layout, Row, UnreadableFile
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.entrypoints.table_files.refused_form import RefusedForm
from allocation.entrypoints.table_files.row_conversion import MakeCells
from allocation.entrypoints.table_files.workbook_package import is_workbook
from allocation.entrypoints.table_files.workbook_table import WorkbookTable


class Table(Protocol):
    """A file that is open for reading."""

    @property
    def columns(self) -> Columns:
        """Which column is which."""

    @property
    def size(self) -> int:
        """The length of the file, in characters or rows."""

    @property
    def position(self) -> int:
        """How much of it has been read."""

    @property
    def refused_form(self) -> RefusedForm:
        """How the file of refused rows is written."""

    def all_cells(self) -> Iterator[list[str]]:
        """Read the cells of the rows, with those of columns without a name."""

    def rows(self, make_cells: MakeCells = Cells) -> Iterator[Row]:
        """Read the rows from the first on, one at a time."""


AnyTable = CsvTable | WorkbookTable


def open_table(path: Path, file: BinaryIO, layout: Layout, options: ReadingOptions) -> AnyTable:
    """Open a file, recognised by its content and not by its name.

    Raises:
        UnreadableFile: it is no table with the required columns, or can be read in more than one
            way; the message says what decides.
        InvalidOption: an option is for another kind of file.
    """
    options.check_columns(layout.every_column, layout.columns)
    wanted = Wanted(layout, options.columns)
    table: AnyTable
    if is_workbook(path, file):
        options.check_for_workbook()
        table = WorkbookTable(path, file, wanted, options)
    else:
        options.check_for_text()
        table = CsvTable(path, file, wanted, options)
    _check_certain(path, table, layout)
    return table


def _check_certain(path: Path, table: Table, layout: Layout) -> None:
    """Refuse a file that lacks a column, and may have it under another name, or under none."""
    for column in table.columns.expected:
        others = table.columns.unread or _without_name(table)
        if others:
            reason = (
                f"has no column {column!r}, but columns that are not read: {listed_names(others)}."
                f" Say which it is: --column {column}=NAME; or that there is none:"
                f" --column {column}= ({layout.warnings[column]})"
            )
            raise UnreadableFile(path, reason)


def _without_name(table: Table) -> list[str]:
    rows = islice(table.all_cells(), SEARCHED)
    return next((names for cells in rows if (names := table.columns.without_name(cells))), [])
