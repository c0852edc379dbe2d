"""Reads a CSV file row by row; each row becomes a message or is refused."""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, ClassVar, Final

from allocation.entrypoints.table_files.cells import Cells
from allocation.entrypoints.table_files.layout import Layout, Row
from allocation.entrypoints.table_files.line_reader import Lines, LineTooLong
from allocation.entrypoints.table_files.rejected_rows import annotations
from allocation.errors import InputError, InvalidValue

NOT_UTF8: Final = "is not UTF-8 text"

LISTED: Final = 20
"""The maximum number of header columns in a message."""


_MISSING: Final = sys.maxsize
"""The index of a missing column: beyond the end of every row."""


class UnreadableFile(InputError):
    """The file is not a CSV table with the required columns."""

    code: ClassVar[str] = "unreadable_file"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} {reason}")


class Table:
    """A CSV file open for reading; columns of other names are not read.

    The format is what spreadsheets and people write: empty rows are skipped, also before the
    header; empty cells at the end of a row may be missing; whitespace around cells and before
    quotes is stripped. A malformed line is refused on its own: the lines that its unclosed quote
    would include are read again as rows.

    Raises:
        UnreadableFile: the header or a required column is missing.
    """

    def __init__(self, path: Path, file: BinaryIO, layout: Layout) -> None:
        self._path = path
        self._lines = Lines(file)
        self._layout = layout
        self.header = [name.strip() for name in self._header()]
        if not _is_utf8(self.header):
            raise UnreadableFile(path, NOT_UTF8)
        self._indices = {column: self._index_of(column) for column in layout.columns}
        self.missing = [column for column in layout.optional if not self._has(column)]
        """The optional columns that the file does not have."""
        self.unused = [name for name in self.header if name and name not in layout.every_column]
        """The columns of the file that no message has a field for."""
        for column in layout.optional:
            is_missing = column in self.missing
            self._indices[column] = _MISSING if is_missing else self._index_of(column)

    @property
    def bytes_read(self) -> int:
        """The number of bytes read so far."""
        return self._lines.bytes_read

    def text_of(self, row: Row, column: str) -> str:
        """The text of a row in a column that is read, also if the row is refused."""
        index = self._indices[column]
        return row.cells[index].strip() if index < len(row.cells) else ""

    def rows(self) -> Iterator[Row]:
        """Read the rows, one at a time."""
        while True:
            try:
                cells = self._next_cells()
            except StopIteration:
                return
            except csv.Error as error:
                number, line = self._lines.push_back_all_but_first()
                yield Row(number, [line.rstrip("\r\n")], None, _describe(error))
                continue
            if cells and (cells[0].strip() or not _is_blank(cells)):
                yield self._row(cells)

    def _next_cells(self) -> list[str]:
        cells = self._read_row()
        if len(self._lines.of_row) > 1 and self._has_more_than_header(cells):
            raise csv.Error("an unclosed quote includes lines that are other rows")
        return cells

    def _read_row(self) -> list[str]:
        self._lines.begin_row()
        # A new reader for each row: after an error, a reader would stop in the middle of one.
        return next(csv.reader(self._lines, strict=True, skipinitialspace=True))

    def _row(self, cells: list[str]) -> Row:
        number = self._lines.row_number
        if self._has_more_than_header(cells):
            reason = f"has {len(cells)} cells, but the header has {len(self.header)}"
            return Row(number, cells, None, reason)
        width = len(cells)
        named = {
            column: cells[index].strip() if index < width else ""
            for column, index in self._indices.items()
        }
        try:
            return Row(number, cells, self._layout.convert(Cells(named)))
        except InvalidValue as refusal:
            if not _is_utf8([str(refusal.value)]):
                refusal.reason = NOT_UTF8
            return Row(number, cells, None, str(refusal))

    def _has_more_than_header(self, cells: list[str]) -> bool:
        width = len(self.header)
        return len(cells) > width and not _is_blank(cells[width:])

    def _header(self) -> list[str]:
        try:
            while _is_blank(cells := self._read_row()):
                pass
        except StopIteration:
            raise UnreadableFile(self._path, "is empty: it needs a header") from None
        except csv.Error as error:
            reason = f"has a header that {_describe(error)}"
            is_text = _is_utf8(self._lines.of_row)
            raise UnreadableFile(self._path, reason if is_text else NOT_UTF8) from None
        return cells

    def _has(self, column: str) -> bool:
        # Ignoring case: an ignored column "ETA" would turn shipments into warehouse stock.
        return any(name.casefold() == column for name in self.header[annotations(self.header) :])

    def _index_of(self, column: str) -> int:
        own = self.header[annotations(self.header) :]
        if own.count(column) > 1:
            raise UnreadableFile(self._path, f"has more than one column {column!r}")
        if column not in own:
            reason = f"has no column {column!r}; it has: {listed_names(self.header)}"
            raise UnreadableFile(self._path, reason)
        return len(self.header) - len(own) + own.index(column)


def listed_names(columns: Sequence[str]) -> str:
    """The names of the first columns, for a message."""
    more = ", …" if len(columns) > LISTED else ""
    return ", ".join(f"{name:.50}" for name in columns[:LISTED]) + more


def _is_blank(cells: list[str]) -> bool:
    return not any(map(str.strip, cells))


def _describe(error: csv.Error) -> str:
    return str(error) if isinstance(error, LineTooLong) else f"is not CSV: {error}"


def _is_utf8(texts: Iterable[str]) -> bool:
    """Whether these strings, decoded with `surrogateescape`, were valid UTF-8."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return False
    return True
