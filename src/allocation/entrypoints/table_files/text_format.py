"""How a text file is written: its encoding, its delimiter, and where its header is."""

import csv
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from allocation.entrypoints.table_files.layout import UnreadableFile
from allocation.entrypoints.table_files.line_reader import Lines, LineTooLong
from allocation.entrypoints.table_files.row_conversion import is_blank

if TYPE_CHECKING:
    from _csv import Dialect

DELIMITERS: Final = (",", ";", "\t", "|")
DELIMITER_NAMES: Final = {"\t": "tab"}

_SEPARATOR: Final = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
"""The first line in which Excel tells the delimiter."""


@dataclass(frozen=True, slots=True)
class TextFormat:
    """How a text file is written.

    Attributes:
        encoding: a codec of Python.
        delimiter: the character between two cells.
        header: the names of the columns.
        header_row: the number of the row that has them, if it is not the first with text.
        has_separator_line: whether its first line tells the delimiter.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...] = ()
    header_row: int | None = None
    has_separator_line: bool = False

    @property
    def dialect(self) -> "Dialect":
        """What the `csv` module makes of the delimiter, once for all readers."""
        reader = csv.reader([], delimiter=self.delimiter, strict=True, skipinitialspace=True)
        return reader.dialect

    def lines_after_header(self, path: Path, file: BinaryIO) -> tuple[Lines, list[str]]:
        """The lines of the file behind the header, and the header.

        Raises:
            StopIteration: there is none.
            csv.Error: it is malformed; the lines so far are those of the row.
        """
        lines = Lines(path, file, self.encoding)
        try:
            return lines, self._read_header(lines)
        except BaseException:
            lines.release()
            raise

    def _read_header(self, lines: Lines) -> list[str]:
        if self.has_separator_line:
            next(lines)
        lines.begin_row()
        while self.header_row is not None and lines.row_number < self.header_row:
            with suppress(LineTooLong):
                next(lines)
            lines.begin_row()
        if self.header_row is not None:
            return next(csv.reader(lines, self.dialect))
        while True:
            lines.skip_blank_lines()  # a reader for each of millions would take minutes
            if not is_blank(cells := next(csv.reader(lines, self.dialect))):
                return cells


def attempted(path: Path, file: BinaryIO, candidate: TextFormat) -> TextFormat | Exception:
    """The format with its header, or the error that there is none."""
    try:
        lines, header = candidate.lines_after_header(path, file)
    except (StopIteration, csv.Error, UnreadableFile) as error:
        return error
    lines.release()
    return replace(candidate, header=tuple(header))


def separator_line(path: Path, file: BinaryIO, encoding: str) -> str | None:
    """The delimiter that the first line of a file tells, if it does."""
    lines = Lines(path, file, encoding)
    try:
        match = _SEPARATOR.fullmatch(next(lines, ""))
    except (csv.Error, UnreadableFile):
        return None
    finally:
        lines.release()
    is_one = match is not None and not match[1].isalnum() and match[1] not in '"\r\n'
    return match[1] if match and is_one else None


def shown_delimiter(delimiter: str) -> str:
    """A delimiter as a message shows it, and the option takes it."""
    return DELIMITER_NAMES.get(delimiter, delimiter)
