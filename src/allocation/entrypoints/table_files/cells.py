"""The cells of a row, and their conversion into values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from allocation.entrypoints.dates import as_date
from allocation.entrypoints.table_files.date_cells import date_from
from allocation.entrypoints.table_files.names_in_cells import name_from
from allocation.entrypoints.table_files.number_cells import DIGITS, number_from
from allocation.entrypoints.table_files.stored_values import Unusable
from allocation.errors import InvalidValue

_INTEGER: Final = re.compile(r"([+-]?)0*([0-9]+)")
_SPECIAL: Final = frozenset("#=")
"""What error values and formulas begin with."""

_FLAGS: Final = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Formats:
    """How numbers and dates are written, as far as the user says so.

    Attributes:
        decimal: the character before the fraction of a number.
        date_format: the form of dates, for `strptime`.
    """

    decimal: str | None = None
    date_format: str | None = None


ANY_FORMAT: Final = Formats()
"""Whatever can be read in one way only."""


class Texts(dict[str, str]):
    """The texts of a row by the names of their columns; those of a missing column are empty."""

    def __missing__(self, column: str) -> str:
        return ""


class Cells:
    """The cells of a row by the names of their columns; a missing column has empty cells.

    Raises:
        InvalidValue: from its methods, if a cell has no value of the kind that is asked for, or
            can be read as two different ones.
    """

    __slots__ = ("_formats", "_texts")

    def __init__(self, texts: Mapping[str, str], formats: Formats = ANY_FORMAT) -> None:
        self._texts = texts
        self._formats = formats

    def has(self, column: str) -> bool:
        """Whether the file has the column."""
        return column in self._texts

    def text(self, column: str) -> str:
        """The text of a cell."""
        text = self._texts[column]
        if type(text) is str and text[:1] not in _SPECIAL and "E+" not in text:
            return text
        return name_from(column, text)

    def text_or_none(self, column: str) -> str | None:
        """The text of a cell; None for an empty one."""
        return self.text(column) or None

    def number(self, column: str) -> int:
        """A whole number."""
        text = self._texts[column]
        # `int` would also accept "1_000" and the digits of other scripts.
        if type(text) is str and (match := _INTEGER.fullmatch(text)):
            return int(match[1] + match[2][:DIGITS])
        return number_from(column, text, self._formats.decimal)

    def number_or_none(self, column: str) -> int | None:
        """A whole number; None for an empty cell."""
        return None if self.is_empty(column) else self.number(column)

    def date(self, column: str) -> date | None:
        """A date; None for an empty cell."""
        if self.is_empty(column):
            return None
        text, date_format = self._texts[column], self._formats.date_format
        if date_format is None and type(text) is str:
            try:
                return as_date(text)
            except ValueError:
                pass  # another form, or none
        return date_from(column, text, date_format)

    def flag(self, column: str) -> bool | None:
        """A truth value, whatever its case; None for an empty cell."""
        if self.is_empty(column):
            return None
        text = self._texts[column]
        if (flag := _FLAGS.get(text.casefold())) is None:
            reason = text.reason if isinstance(text, Unusable) else _NO_FLAG
            raise InvalidValue(column, text, reason)
        return flag

    def is_empty(self, column: str) -> bool:
        """Whether there is nothing in a cell."""
        text = self._texts[column]
        return not text and type(text) is str


_NO_FLAG: Final = "is none of yes, no, true and false"
