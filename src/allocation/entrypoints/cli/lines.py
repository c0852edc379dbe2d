"""The lines of a text file, which can be taken back."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""What some spreadsheets put before the first cell."""


class Lines(Iterator[str]):
    """Gives lines to a reader of rows, and remembers those of the row in hand."""

    def __init__(self, file: BinaryIO) -> None:
        self.bytes_read = 0
        self.row_number = 1
        """The number of the first line of the row in hand."""
        self._file = file
        self._given: list[str] = []
        self._taken_back: deque[str] = deque()

    @property
    def of_row(self) -> Sequence[str]:
        """The lines that the row in hand has so far."""
        return self._given

    def __next__(self) -> str:
        line = self._taken_back.popleft() if self._taken_back else self._read()
        self._given.append(line)
        return line

    def begin_row(self) -> None:
        """What was given so far belongs to rows that are done."""
        self.row_number += len(self._given)
        self._given = []

    def take_back_all_but_first(self) -> tuple[int, str]:
        """The number of the row's first line, and the line; the others are given again."""
        first, *others = self._given
        self._given = [first]
        self._taken_back.extendleft(reversed(others))
        return self.row_number, first

    def _read(self) -> str:
        line = next(self._file)
        told = line.removeprefix(_BYTE_ORDER_MARK) if self.bytes_read == 0 else line
        self.bytes_read += len(line)
        # Bytes that are no UTF-8 are kept as they are: the row is refused with them.
        return told.decode("utf-8", errors="surrogateescape")
