"""Reads the lines of a text file, with push-back and a maximum length."""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, ClassVar, Final

from allocation.entrypoints.table_files.encodings import UTF_8
from allocation.entrypoints.table_files.layout import UnreadableFile
from allocation.errors import InputError

LONGEST_LINE: Final = 250_000
"""The maximum length of a line in characters; the rest of a longer one is skipped."""

LONGEST_ROW: Final = LONGEST_LINE
"""The maximum length of all lines of a row in characters."""

SHOWN: Final = 1_000
"""Characters of an overlong line in the file of refused rows."""

_CHUNK: Final = 64 * 1024


class LineTooLong(InputError, csv.Error):
    """A line has more than `LONGEST_LINE` characters."""

    code: ClassVar[str] = "line_too_long"

    def __init__(self) -> None:
        super().__init__(f"is longer than {LONGEST_LINE:,} characters")


class _Truncated(str):
    """The first characters of an overlong line."""

    __slots__ = ()


class Lines(Iterator[str]):
    """Feeds lines to a CSV reader, and remembers the lines of the current row.

    Lines end with LF, CRLF or CR. The binary file is read from its start, by one `Lines` at a
    time; `release` it for the next.

    Raises:
        LineTooLong: from `next`, for an overlong line.
        csv.Error: from `next`, when the current row becomes too long.
        UnreadableFile: from `next`, for bytes that are no text in the encoding.
    """

    def __init__(self, path: Path, file: BinaryIO, encoding: str) -> None:
        self.characters_read = 0
        self.row_number = 1
        """The line number at which the current row starts."""
        self._path = path
        file.seek(0)
        # Invalid bytes of UTF-8 are preserved, so that the refused row can be written unchanged.
        errors = "surrogateescape" if encoding == UTF_8 else "strict"
        self._file = io.TextIOWrapper(file, encoding, errors, newline="")
        self._row_lines: list[str] = []
        self._length = 0  # characters of the row's lines without the last
        self._pushed_back: deque[str] = deque()
        self._next_character = ""  # read already, to see whether a CR ends a line alone

    def release(self) -> None:
        """Leave the binary file to others; nothing more can be read."""
        self._file.detach()

    @property
    def of_row(self) -> Sequence[str]:
        """The lines of the current row so far."""
        return self._row_lines

    def __next__(self) -> str:
        line = self._pushed_back.popleft() if self._pushed_back else self._read()
        if self._row_lines:
            self._check_length_with(line)
        self._row_lines.append(line)
        if type(line) is _Truncated:
            raise LineTooLong
        return line

    def begin_row(self) -> None:
        """Start a new row with the next line."""
        self.row_number += len(self._row_lines)
        self._row_lines = []
        self._length = 0

    def skip_blank_lines(self) -> None:
        """Start a new row with the next line that has more than whitespace, if there is one."""
        self.begin_row()
        line = next(self, "")
        while line.isspace():
            self.begin_row()
            line = next(self, "")
        if line:
            self._row_lines = []
            self._pushed_back.appendleft(line)

    def push_back_all_but_first(self) -> tuple[int, str]:
        """Push back the row's lines except the first; return its number and the line."""
        first, *others = self._row_lines
        self._row_lines = [first]
        self._pushed_back.extendleft(reversed(others))
        return self.row_number, first

    def _check_length_with(self, line: str) -> None:
        self._length += len(self._row_lines[-1])
        if type(line) is _Truncated or self._length + len(line) > LONGEST_ROW:
            self._pushed_back.appendleft(line)
            raise csv.Error(f"a quoted cell has more than {LONGEST_ROW:,} characters")

    def _read(self) -> str:
        line = self._read_line()
        if not line:
            raise StopIteration
        if len(line) > LONGEST_LINE:
            self._skip_rest_of(line)
            return _Truncated(line[:SHOWN])
        return line

    def _skip_rest_of(self, line: str) -> None:
        while line and not line.endswith(("\n", "\r")):
            line = self._read_part(_CHUNK)
        if line.endswith("\r"):  # the LF of a CRLF may be left over
            self._read_line_feed()

    def _read_line(self) -> str:
        """A line, or the first `LONGEST_LINE` characters of it and one more."""
        first, self._next_character = self._next_character, ""
        if first == "\r":
            return first + self._read_line_feed()
        if first == "\n":
            return first
        return first + self._read_part(LONGEST_LINE + 1 - len(first))

    def _read_line_feed(self) -> str:
        """The LF of a CRLF whose CR has been read; the next line's first character is kept."""
        following = self._read_part(1)
        if following == "\n":
            return following
        self._next_character = following
        return ""

    def _read_part(self, size: int) -> str:
        try:
            part = self._file.readline(size)
        except UnicodeError as error:
            raise UnreadableFile(self._path, f"has bytes that are no text: {error}") from None
        self.characters_read += len(part)
        return part


def described(error: csv.Error) -> str:
    """What is wrong with a row, in words."""
    return str(error) if isinstance(error, LineTooLong) else f"is not CSV: {error}"
