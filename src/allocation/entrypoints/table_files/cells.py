"""The cells of a row, and their conversion into values."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from allocation.entrypoints.dates import as_date
from allocation.errors import InvalidValue

_INTEGER: Final = re.compile(r"([+-]?)0*([0-9]+)")
_DIGITS: Final = 20
"""The number of digits to parse; a number with more is too large in any case."""
_FLAGS: Final = {"yes": True, "true": True, "no": False, "false": False}


class Cells:
    """The cells of a row by the names of their columns; a missing column has empty cells.

    Raises:
        InvalidValue: from its methods, if a cell has no value of the kind that is asked for.
    """

    __slots__ = ("_texts",)

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def text(self, column: str) -> str:
        """The text of a cell."""
        return self._texts[column]

    def text_or_none(self, column: str) -> str | None:
        """The text of a cell; None for an empty one."""
        return self._texts[column] or None

    def number(self, column: str) -> int:
        """A whole number."""
        text = self._texts[column]
        # `int` would also accept "1_000" and the digits of other scripts.
        if not (match := _INTEGER.fullmatch(text)):
            raise InvalidValue(column, text, "is not an integer")
        return int(match[1] + match[2][:_DIGITS])

    def number_or_none(self, column: str) -> int | None:
        """A whole number; None for an empty cell."""
        return self.number(column) if self._texts[column] else None

    def date(self, column: str) -> date | None:
        """A date; None for an empty cell."""
        text = self._texts[column]
        if not text:
            return None
        try:
            return as_date(text)
        except ValueError:
            raise InvalidValue(column, text, "is not a date, such as 2026-12-24") from None

    def flag(self, column: str) -> bool | None:
        """A truth value, whatever its case; None for an empty cell."""
        text = self._texts[column]
        if not text:
            return None
        if (flag := _FLAGS.get(text.casefold())) is None:
            raise InvalidValue(column, text, "is none of yes, no, true and false")
        return flag
