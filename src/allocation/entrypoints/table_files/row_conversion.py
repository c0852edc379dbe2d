"""Makes the messages of rows."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from allocation.entrypoints.table_files.cells import Cells, Formats, Texts
from allocation.entrypoints.table_files.layout import Row
from allocation.errors import InvalidValue

NOT_UTF8: Final = "is not UTF-8 text"

MakeCells = Callable[[Mapping[str, str], Formats], Cells]


class RowConversion:
    """Makes the message of a row, or refuses it.

    Args:
        indices: the indices of the columns that the file has.
        convert: makes the message.
        formats: how numbers and dates are written.
        make_cells: how cells are converted.
    """

    def __init__(
        self,
        indices: Mapping[str, int],
        convert: Callable[[Cells], Any],
        formats: Formats,
        make_cells: MakeCells = Cells,
    ) -> None:
        self._indices = tuple(indices.items())
        self._convert = convert
        self._formats = formats
        self._make_cells = make_cells

    def __call__(self, number: int, cells: list[str]) -> Row:
        """The row with this number."""
        texts = self.texts(cells)
        try:
            return Row(number, cells, self._convert(self._make_cells(texts, self._formats)))
        except InvalidValue as refusal:
            if not is_utf8([str(refusal.value)]):
                refusal.reason = NOT_UTF8
            return Row(number, cells, None, str(refusal))

    def texts(self, cells: list[str]) -> Texts:
        """The texts of the cells by their columns."""
        width = len(cells)
        return Texts(
            {
                column: cells[index].strip() if index < width else ""
                for column, index in self._indices
            }
        )


def is_utf8(texts: Iterable[str]) -> bool:
    """Whether these strings, decoded with `surrogateescape`, were valid UTF-8."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return False
    return True


def is_blank(cells: list[str]) -> bool:
    """Whether no cell of a row has anything but whitespace."""
    return not any(map(str.strip, cells))
