"""Reads a sheet of a workbook (.xlsx) row by row; each row becomes a message or is refused."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from allocation.entrypoints.table_files.cells import Cells
from allocation.entrypoints.table_files.columns import (
    SEARCHED,
    Columns,
    Wanted,
    likelier_row,
    without_columns,
)
from allocation.entrypoints.table_files.layout import Row, UnreadableFile
from allocation.entrypoints.table_files.number_formats import disguising_styles
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.entrypoints.table_files.refused_form import RefusedForm
from allocation.entrypoints.table_files.row_conversion import MakeCells, RowConversion, is_blank
from allocation.entrypoints.table_files.sheet_choice import calamine_sheet, chosen_sheet
from allocation.entrypoints.table_files.sheet_facts import cell_name, column_letters, first_of
from allocation.entrypoints.table_files.sheet_scan import MOST_CELLS, scan_sheet
from allocation.entrypoints.table_files.workbook_package import Package
from allocation.entrypoints.table_files.workbook_rows import (
    NOT_AVAILABLE,
    reasons_in_workbooks,
    rows_of,
)


class WorkbookTable:
    """A sheet of a workbook that is held in memory; columns of other names are not read.

    Attributes:
        columns: which column is which.
        sheet_name: the name of the sheet.
        header_row: the number of the row with the header, from 1.
        size: the rows of the sheet.
        position: the rows read so far.

    Raises:
        UnreadableFile: it is no workbook, the header or a required column is missing, or it can
            be read in more than one way.
    """

    def __init__(self, path: Path, file: BinaryIO, wanted: Wanted, options: ReadingOptions) -> None:
        self._path = path
        self._wanted = wanted
        self._options = options
        self.position = 0
        package = Package(path, file)
        chosen = chosen_sheet(path, package, options.sheet)
        self.sheet_name = chosen.name
        self._facts = scan_sheet(package, chosen.part, disguising_styles(package))
        self._check_extent()
        self._sheet = calamine_sheet(path, file, chosen.name)
        self.size = self._facts.height
        header = self._header()
        self.columns = Columns(path, header, wanted)
        self._width = len(header)
        self._check_rows()

    @property
    def refused_form(self) -> RefusedForm:
        """How the file of refused rows is written: as CSV."""
        read = frozenset(self.columns.indices.values())
        return RefusedForm(",", "utf-8", self._options.formats, read)

    def all_cells(self) -> Iterator[list[str]]:
        """Read the cells of the rows, with those of columns without a name."""
        return islice(self._all_rows(), self.header_row, None)

    def rows(self, make_cells: MakeCells = Cells) -> Iterator[Row]:
        """Read the rows from the first on, one at a time."""
        columns, formats = self.columns, self._options.formats
        layout = self._wanted.layout
        convert = RowConversion(columns.indices, layout.convert, formats, make_cells)
        for number, cells in enumerate(rows_of(self._sheet, self._facts, self._width), start=1):
            self.position = number
            if number > self.header_row and not is_blank(cells):
                yield self._certain(convert(number, cells), convert)

    def _certain(self, row: Row, convert: RowConversion) -> Row:
        """The row; if it is refused, without the values that a CSV file would change.

        A number whose name is another, for example, is a name in the file of refused rows.
        """
        if row.event is not None:
            return row
        cells, tried = list(row.cells), list(row.cells)
        refused = row
        while (index := self._changed_in_csv(refused, tried)) is not None:
            cells[index], tried[index] = NOT_AVAILABLE, "1"
            refused = convert(row.number, tried)
        return Row(row.number, cells, None, row.reason)

    def _changed_in_csv(self, refused: Row, cells: list[str]) -> int | None:
        """The index of the cell for which a row is refused, and would not be from a CSV file."""
        if refused.event is not None:
            return None
        for column, index in self.columns.indices.items():
            if index < len(cells) and refused.reason in reasons_in_workbooks(column, cells[index]):
                return index
        return None

    def _all_rows(self) -> Iterator[list[str]]:
        return rows_of(self._sheet, self._facts, self._facts.width)

    def _header(self) -> Sequence[str]:
        rows = enumerate(self._all_rows(), start=1)
        wanted_row = self._options.header_row
        for number, cells in rows:
            if number == wanted_row or (wanted_row is None and not is_blank(cells)):
                self.header_row = number
                return self._checked_header(_without_blank_end(cells))
        where = f" in row {wanted_row}" if wanted_row else f" in its sheet {self.sheet_name!r}"
        raise UnreadableFile(self._path, f"has nothing{where}: it needs a header")

    def _checked_header(self, header: list[str]) -> list[str]:
        if missing := self._wanted.missing_in(header):
            reason = without_columns(missing, header, self._wanted)
            first = enumerate(islice(self._all_rows(), SEARCHED), start=1)
            hint = likelier_row(first, self._wanted, self._wanted.count_in(header))
            raise UnreadableFile(self._path, reason + hint)
        return header

    def _check_extent(self) -> None:
        facts = self._facts
        if facts.height * facts.width > MOST_CELLS:
            last = cell_name(facts.height - 1, facts.width - 1)
            reason = (
                f"has values as far as {last} in its sheet {self.sheet_name!r}: delete what is"
                " outside of the table, or save the sheet as CSV"
            )
            raise UnreadableFile(self._path, reason)

    def _check_rows(self) -> None:
        """Refuse what would be read otherwise than it is seen."""
        hidden = [row for row in self._facts.hidden if row >= self.header_row]
        if hidden:
            reason = f"has hidden rows: {first_of(hidden)}. Show them, or delete them"
            raise UnreadableFile(self._path, f"{reason}, and save the file again")
        read = set(self.columns.indices.values())
        hidden_columns = [
            column_letters(column)
            for column in sorted(read)
            if any(first <= column <= last for first, last in self._facts.hidden_columns)
        ]
        if hidden_columns:
            reason = f"has hidden columns that are read: {', '.join(hidden_columns)}"
            raise UnreadableFile(self._path, f"{reason}. Show them, and save the file again")
        for first, last, left, right in self._facts.merged:
            if last >= self.header_row and read & set(range(left, min(right + 1, self._width))):
                area = f"{cell_name(first, left)}:{cell_name(last, right)}"
                reason = f"has merged cells, of which all but one are empty: {area}"
                raise UnreadableFile(self._path, f"{reason}. Split them, and save the file again")


def _without_blank_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells
