"""Reads the lines of a text file, with push-back and a maximum length."""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, ClassVar, Final

from allocation.errors import InputError

LONGEST_LINE: Final = 250_000
"""The maximum length of a line in bytes; the rest of a longer one is skipped."""

LONGEST_ROW: Final = LONGEST_LINE
"""The maximum length of all lines of a row in characters."""

SHOWN: Final = 1_000
"""Characters of an overlong line in the file of refused rows."""

_CHUNK: Final = 64 * 1024
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""Some spreadsheets write this before the first cell."""


class LineTooLong(InputError, csv.Error):
    """A line has more than `LONGEST_LINE` bytes."""

    code: ClassVar[str] = "line_too_long"

    def __init__(self) -> None:
        super().__init__(f"is longer than {LONGEST_LINE:,} bytes")


class _Truncated(str):
    """The first characters of an overlong line."""

    __slots__ = ()


class Lines(Iterator[str]):
    """Feeds lines to a CSV reader, and remembers the lines of the current row.

    Raises:
        LineTooLong: from `next`, for an overlong line.
        csv.Error: from `next`, when the current row becomes too long.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.bytes_read = 0
        self.row_number = 1
        """The line number at which the current row starts."""
        self._file = file
        self._row_lines: list[str] = []
        self._length = 0  # characters of the row's lines without the last
        self._pushed_back: deque[str] = deque()

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
        line = self._file.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        content = line.removeprefix(_BYTE_ORDER_MARK) if self.bytes_read == 0 else line
        self.bytes_read += len(line)
        if len(line) > LONGEST_LINE:
            self._skip_rest_of(line)
            return _Truncated(content[:SHOWN].decode("utf-8", errors="surrogateescape"))
        # Invalid bytes are preserved, so that the refused row can be written unchanged.
        return content.decode("utf-8", errors="surrogateescape")

    def _skip_rest_of(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._file.readline(_CHUNK)
            self.bytes_read += len(line)
