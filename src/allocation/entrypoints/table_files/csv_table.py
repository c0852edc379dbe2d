"""Reads a CSV file row by row; each row becomes a message or is refused."""

import csv
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final

from allocation.entrypoints.table_files.cells import Cells
from allocation.entrypoints.table_files.columns import Columns, Wanted
from allocation.entrypoints.table_files.encodings import UTF_8, marked_form
from allocation.entrypoints.table_files.header_search import text_format
from allocation.entrypoints.table_files.layout import Row
from allocation.entrypoints.table_files.line_reader import Lines, described
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.entrypoints.table_files.refused_form import RefusedForm
from allocation.entrypoints.table_files.row_conversion import (
    MakeCells,
    RowConversion,
    is_blank,
)

_GROUP: Final = re.compile("[+-]?[0-9]{1,3}")
_REST: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
"""What is before and behind a comma in a number."""


class CsvTable:
    """A CSV file open for reading; columns of other names are not read.

    The format is what spreadsheets and people write: empty rows are skipped, also before the
    header; empty cells at the end of a row may be missing; whitespace around cells and before
    quotes is stripped. A malformed line is refused on its own: the lines that its unclosed quote
    would include are read again as rows.

    Attributes:
        columns: which column is which.
        format: the encoding and the delimiter.
        header_row: the number of the line in which the header begins.
        size: the approximate length of the file in characters.
        position: the characters read so far.

    Raises:
        UnreadableFile: the header or a required column is missing, or the file can be read in
            more than one way.
    """

    def __init__(self, path: Path, file: BinaryIO, wanted: Wanted, options: ReadingOptions) -> None:
        self._path = path
        self._file = file
        self._options = options
        self._wanted = wanted
        self.format = text_format(path, file, wanted, options)
        self.columns = Columns(path, self.format.header, wanted)
        self._width = len(self.format.header)
        self._dialect = self.format.dialect
        self._lines: Lines | None = None
        lines, _ = self.format.lines_after_header(path, file)
        self.header_row = lines.row_number
        lines.release()
        self.size = file.seek(0, 2) // (2 if "16" in self.format.encoding else 1)

    @property
    def position(self) -> int:
        """The number of characters read so far."""
        return self._lines.characters_read if self._lines else 0

    @property
    def refused_form(self) -> RefusedForm:
        """How the file of refused rows is written: as this one."""
        encoding = self.format.encoding
        if encoding == UTF_8:
            self._file.seek(0)
            encoding = UTF_8 if self._file.read(3) == BOM_UTF8 else "utf-8"
        return RefusedForm(self.format.delimiter, marked_form(encoding))

    def all_cells(self) -> Iterator[list[str]]:
        """Read the cells of the rows."""
        return (row.cells for row in self.rows())

    def rows(self, make_cells: MakeCells = Cells) -> Iterator[Row]:
        """Read the rows from the first on, one at a time."""
        if self._lines is not None:
            self._lines.release()
        self._lines, _ = self.format.lines_after_header(self._path, self._file)
        return self._rows(self._lines, self._conversion(make_cells))

    def _conversion(self, make_cells: MakeCells) -> RowConversion:
        convert, formats = self._wanted.layout.convert, self._options.formats
        columns = self.columns
        return RowConversion(columns.indices, convert, formats, make_cells)

    def _rows(self, lines: Lines, convert: RowConversion) -> Iterator[Row]:
        while True:
            try:
                cells = self._next_cells(lines)
            except StopIteration:
                return
            except csv.Error as error:
                number, line = lines.push_back_all_but_first()
                yield Row(number, [line.rstrip("\r\n")], None, described(error))
                continue
            if self._has_more_than_header(cells) or self._may_be_split(cells):
                reason = f"has {len(cells)} cells, but the header has {self._width}"
                if self.format.delimiter == ",":
                    reason += ": perhaps a comma in a cell is not quoted"
                yield Row(lines.row_number, cells, None, reason)
            elif cells and (cells[0].strip() or not is_blank(cells)):
                yield convert(lines.row_number, cells)

    def _next_cells(self, lines: Lines) -> list[str]:
        lines.begin_row()
        # A new reader for each row: after an error, a reader would stop in the middle of one.
        cells = next(csv.reader(lines, self._dialect))
        if len(lines.of_row) > 1 and self._has_more_than_header(cells):
            raise csv.Error("an unclosed quote includes lines that are other rows")
        return cells

    def _has_more_than_header(self, cells: list[str]) -> bool:
        width = self._width
        return len(cells) > width and not is_blank(cells[width:])

    def _may_be_split(self, cells: list[str]) -> bool:
        """Whether an unquoted 1,250 may have moved an empty last cell behind the header."""
        width = self._width
        if self.format.delimiter != "," or len(cells) <= width or not self.columns.header[-1]:
            return False
        texts = [cell.strip() for cell in cells[:width]]
        return bool(texts[-1]) and any(
            _GROUP.fullmatch(first) and _REST.fullmatch(second) for first, second in pairwise(texts)
        )
