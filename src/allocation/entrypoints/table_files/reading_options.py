"""How the user says that a file is to be read."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Final

from allocation.entrypoints.table_files.cells import Formats
from allocation.entrypoints.table_files.columns import same_name
from allocation.entrypoints.table_files.number_cells import DECIMALS
from allocation.entrypoints.table_files.row_conversion import NOT_UTF8, is_utf8
from allocation.errors import InputError

_NAMED_DELIMITERS: Final = {"tab": "\t", "\\t": "\t"}
_NOTATIONS: Final = {"idna", "punycode", "unicode-escape", "raw-unicode-escape"}
"""Codecs of Python that write domain names or literals, and no files."""
_SOME_DAYS: Final = (date(2034, 11, 28), date(2027, 3, 4))


class InvalidOption(InputError):
    """An option, or a line of a mapping file, says nothing about how a file is to be read."""

    code: ClassVar[str] = "invalid_option"

    def __init__(self, option: str, value: object, reason: str) -> None:
        super().__init__(f"{option} {value!r} {reason}")


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How a file is to be read, as far as the user says so; the rest is detected.

    Attributes:
        columns: the file's name for a column of ours; empty if the file has no such column.
        delimiter: the character between two cells.
        encoding: the name of a text encoding of Python.
        header_row: the number of the row with the names of the columns, from 1.
        sheet: the name of a workbook's sheet.
        decimal: the character before the fraction of a number: a comma or a point.
        date_format: the form of dates, for `strptime`.

    Raises:
        InvalidOption: on creation, if one of them is not possible.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    encoding: str | None = None
    header_row: int | None = None
    sheet: str | None = None
    decimal: str | None = None
    date_format: str | None = None

    def __post_init__(self) -> None:
        _check_text("sheet", self.sheet)
        for column, name in self.columns.items():
            _check_text("column", f"{column}={name}")
        if self.delimiter is not None:
            _check_delimiter(self.delimiter)
        if self.encoding is not None:
            _check_encoding(self.encoding)
        if self.header_row is not None and self.header_row < 1:
            raise InvalidOption("header-row", self.header_row, "is less than 1")
        if self.decimal is not None and self.decimal not in DECIMALS:
            raise InvalidOption("decimal", self.decimal, "is neither , nor .")
        if self.date_format is not None:
            _check_date_format(self.date_format)

    @property
    def formats(self) -> Formats:
        """How numbers and dates are written."""
        return Formats(self.decimal, self.date_format)

    def check_columns(self, columns: tuple[str, ...], required: tuple[str, ...]) -> None:
        """Check that the columns are those of a kind of file.

        Raises:
            InvalidOption: it has no such column, needs one that is said to be missing, or would
                read one column of the file as two of ours.
        """
        for column, name in self.columns.items():
            if column not in columns:
                reason = f"is no column that is read; there are: {', '.join(columns)}"
                raise InvalidOption("column", column, reason)
            if not name and column in required:
                raise InvalidOption("column", column, "is required, so it needs a name")
        self._check_names(columns)

    def _check_names(self, columns: tuple[str, ...]) -> None:
        """Check that no two columns are one of the file."""
        named: dict[str, str] = {}
        for column in columns:
            if not (name := same_name(self.columns.get(column, column))):
                continue
            other = named.setdefault(name, column)
            if other != column:
                reason = (
                    f"would be read as {other} and as {column}: say --column {other}=NAME or"
                    f" --column {column}=NAME (nothing behind the equals sign: there is none)"
                )
                raise InvalidOption("column", self.columns.get(column, column), reason)

    def check_for_workbook(self) -> None:
        """Check that no option is for text files only.

        Raises:
            InvalidOption: one is.
        """
        for option, value in (("delimiter", self.delimiter), ("encoding", self.encoding)):
            if value is not None:
                raise InvalidOption(option, value, "is for text files, and this is a workbook")

    def check_for_text(self) -> None:
        """Check that no option is for workbooks only.

        Raises:
            InvalidOption: one is.
        """
        if self.sheet is not None:
            raise InvalidOption("sheet", self.sheet, "is for workbooks, and this is a text file")


def as_delimiter(text: str) -> str:
    r"""The delimiter that is written so: itself, or `tab` or `\t`."""
    return _NAMED_DELIMITERS.get(text, text)


def _check_text(option: str, text: str | None) -> None:
    if text is not None and not is_utf8([text]):
        raise InvalidOption(option, text, NOT_UTF8)


def _check_delimiter(text: str) -> None:
    _check_text("delimiter", text)
    if len(text) != 1 or text.isalnum() or text in '"\r\n\ufeff':
        raise InvalidOption("delimiter", text, "is not a single character such as ; or tab")


def _check_encoding(name: str) -> None:
    try:
        "".encode(name)  # refuses codecs between bytes, such as base64
        codecs.getincrementaldecoder(name)()
        if codecs.lookup(name).name in _NOTATIONS:
            raise LookupError(name)
    except (LookupError, UnicodeError, TypeError, ValueError):
        reason = "is no text encoding, such as utf-8, utf-16 or windows-1252"
        raise InvalidOption("encoding", name, reason) from None


def _check_date_format(text: str) -> None:
    _check_text("date-format", text)
    for day in _SOME_DAYS:
        try:
            is_read = datetime.strptime(day.strftime(text), text).date() == day
        except (ValueError, re.error):  # the latter for a directive that is there twice
            is_read = False
        if not is_read:
            reason = "is no form of a date with day, month and year, such as %d.%m.%Y"
            raise InvalidOption("date-format", text, reason)
