"""A CSV file: read a row at a time, each turned into an event or refused."""

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, ClassVar, Final

from allocation.entrypoints.cli.csv_columns import Kind, Row
from allocation.entrypoints.cli.line_reader import Lines, LineTooLong
from allocation.errors import InputError, InvalidValue

NOT_UTF8: Final = "is not UTF-8 text"

LISTED: Final = 20
"""Columns of a header that are told."""


_NOWHERE: Final = sys.maxsize
"""The place of a column that is left out: beyond the end of every row."""


class UnreadableFile(InputError):
    """A file that is not a table with the columns that are needed."""

    code: ClassVar[str] = "unreadable_file"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} {reason}")


class Table:
    """A CSV file that is open for reading; extra columns are fine.

    As spreadsheets and people write it: rows of empty cells are passed over, at the beginning
    too; empty cells at the end of a row may be missing; blanks around a cell, and before its
    quotes, are no part of it. A line that is no CSV is refused alone: what its open quote would
    have swallowed is read again, from the next line on.

    Raises:
        UnreadableFile: it has no header, or a column is missing from it.
    """

    def __init__(self, path: Path, file: BinaryIO, kind: Kind) -> None:
        self._path = path
        self._lines = Lines(file)
        self._kind = kind
        self.header = [name.strip() for name in self._header()]
        if not _is_utf8(self.header):
            raise UnreadableFile(path, NOT_UTF8)
        self._places = {column: self._place_of(column) for column in kind.columns}
        self.left_out = [column for column in kind.optional if not self._has(column)]
        """The optional columns that it does not have."""
        for column in kind.optional:
            left_out = column in self.left_out
            self._places[column] = _NOWHERE if left_out else self._place_of(column)

    @property
    def bytes_read(self) -> int:
        """How far the file has been read."""
        return self._lines.bytes_read

    def rows(self) -> Iterator[Row]:
        """The rows, as far as they are asked for."""
        while True:
            try:
                cells = self._next_cells()
            except StopIteration:
                return
            except csv.Error as error:
                number, line = self._lines.take_back_all_but_first()
                yield Row(number, [line.rstrip("\r\n")], None, _told(error))
                continue
            if cells and (cells[0].strip() or not _is_blank(cells)):
                yield self._row(cells)

    def _next_cells(self) -> list[str]:
        cells = self._read_row()
        if len(self._lines.of_row) > 1 and self._has_more_than_header(cells):
            raise csv.Error("its quotes take in lines that are not its own")
        return cells

    def _read_row(self) -> list[str]:
        self._lines.begin_row()
        # A reader for each row: after an error it would be somewhere in the middle.
        return next(csv.reader(self._lines, strict=True, skipinitialspace=True))

    def _row(self, cells: list[str]) -> Row:
        number = self._lines.row_number
        if self._has_more_than_header(cells):
            told = f"has {len(cells)} cells, but the header has {len(self.header)}"
            return Row(number, cells, None, told)
        there = len(cells)
        named = {
            column: cells[place].strip() if place < there else ""
            for column, place in self._places.items()
        }
        try:
            return Row(number, cells, self._kind.convert(named))
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
            told = f"has a header that {_told(error)}"
            is_text = _is_utf8(self._lines.of_row)
            raise UnreadableFile(self._path, told if is_text else NOT_UTF8) from None
        return cells

    def _has(self, column: str) -> bool:
        # In other letters, too: an "ETA" that is passed over would turn shipments into stock.
        return any(name.casefold() == column for name in self.header)

    def _place_of(self, column: str) -> int:
        if self.header.count(column) > 1:
            raise UnreadableFile(self._path, f"has more than one column {column!r}")
        if column not in self.header:
            more = ", …" if len(self.header) > LISTED else ""
            told = ", ".join(f"{name:.50}" for name in self.header[:LISTED]) + more
            raise UnreadableFile(self._path, f"has no column {column!r}; it has: {told}")
        return self.header.index(column)


def _is_blank(cells: list[str]) -> bool:
    return not any(map(str.strip, cells))


def _told(error: csv.Error) -> str:
    return str(error) if isinstance(error, LineTooLong) else f"is not CSV: {error}"


def _is_utf8(texts: Iterable[str]) -> bool:
    """Whether all the bytes that these were read from were text."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return False
    return True
