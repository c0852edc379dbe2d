"""The lines of a text file, which can be taken back; none is held that is too long."""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, ClassVar, Final

from allocation.errors import InputError

LONGEST_LINE: Final = 250_000
"""Bytes of one line; the rest of a longer one is passed over."""

LONGEST_ROW: Final = LONGEST_LINE
"""Characters of all the lines of one row."""

SHOWN: Final = 1_000
"""Characters of a line that is too long, in the file of refused rows."""

_AT_ONCE: Final = 64 * 1024
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""What some spreadsheets put before the first cell."""


class LineTooLong(InputError, csv.Error):
    """A line of more than `LONGEST_LINE` bytes."""

    code: ClassVar[str] = "line_too_long"

    def __init__(self) -> None:
        super().__init__(f"is longer than {LONGEST_LINE:,} bytes")


class _Beginning(str):
    """Of a line that is too long: all of it that is held."""

    __slots__ = ()


class Lines(Iterator[str]):
    """Gives lines to a reader of rows, and remembers those of the row in hand.

    Raises:
        LineTooLong: from `next`, for a line that is a row of its own.
        csv.Error: from `next`, when the row in hand takes in too much.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.bytes_read = 0
        self.row_number = 1
        """The number of the first line of the row in hand."""
        self._file = file
        self._given: list[str] = []
        self._length = 0  # of the lines that were given before the last one
        self._taken_back: deque[str] = deque()

    @property
    def of_row(self) -> Sequence[str]:
        """The lines that the row in hand has so far."""
        return self._given

    def __next__(self) -> str:
        line = self._taken_back.popleft() if self._taken_back else self._read()
        if self._given:
            self._check_length_with(line)
        self._given.append(line)
        if type(line) is _Beginning:
            raise LineTooLong
        return line

    def begin_row(self) -> None:
        """What was given so far belongs to rows that are done."""
        self.row_number += len(self._given)
        self._given = []
        self._length = 0

    def take_back_all_but_first(self) -> tuple[int, str]:
        """The number of the row's first line, and the line; the others are given again."""
        first, *others = self._given
        self._given = [first]
        self._taken_back.extendleft(reversed(others))
        return self.row_number, first

    def _check_length_with(self, line: str) -> None:
        self._length += len(self._given[-1])
        if type(line) is _Beginning or self._length + len(line) > LONGEST_ROW:
            self._taken_back.appendleft(line)
            raise csv.Error(f"its quotes take in more than {LONGEST_ROW:,} characters")

    def _read(self) -> str:
        line = self._file.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        told = line.removeprefix(_BYTE_ORDER_MARK) if self.bytes_read == 0 else line
        self.bytes_read += len(line)
        if len(line) > LONGEST_LINE:
            self._pass_over_rest_of(line)
            return _Beginning(told[:SHOWN].decode("utf-8", errors="surrogateescape"))
        # Bytes that are no UTF-8 are kept as they are: the row is refused with them.
        return told.decode("utf-8", errors="surrogateescape")

    def _pass_over_rest_of(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._file.readline(_AT_ONCE)
            self.bytes_read += len(line)
