"""The fields of a form that say how a file is to be read."""

import re
from collections.abc import Mapping
from typing import Final

from allocation.entrypoints.importing.kinds import Kind
from allocation.entrypoints.table_files.reading_options import (
    InvalidOption,
    ReadingOptions,
    as_delimiter,
)

COLUMN: Final = "column."
"""What the fields with the names of columns begin with."""

NONE: Final = "none."
"""What the fields begin with that say that the file has no such column."""

LABELS: Final = {
    "header-row": "Row with the names",
    "delimiter": "Delimiter",
    "encoding": "Encoding",
    "sheet": "Sheet",
    "decimal": "Decimal sign",
    "date-format": "Form of dates",
}
"""The labels of the fields, by the options of the command."""

_NO_COLUMN: Final = re.compile(r"--column (\w+)=(?=\s|$)")
_COLUMNS: Final = re.compile(r"--column \w+=NAME(?: --column \w+=NAME)*")
_COLUMN: Final = re.compile(r"--column (\w+)=NAME")
_OPTION: Final = re.compile(rf"--({'|'.join(LABELS)})\b(?: NAME)?")


def reading_of(form: Mapping[str, str], kind: Kind) -> ReadingOptions:
    """How a file of a kind is to be read; what is empty is detected.

    Raises:
        InvalidOption: a field has an impossible value.
    """
    given = {name: form.get(name, "").strip() or None for name in LABELS}
    columns = {column: form.get(f"{COLUMN}{column}", "").strip() for column in kind.every_column}
    without = {column: "" for column in kind.optional if form.get(f"{NONE}{column}")}
    delimiter = given["delimiter"]
    return ReadingOptions(
        columns={column: name for column, name in columns.items() if name} | without,
        delimiter=None if delimiter is None else as_delimiter(delimiter),
        encoding=given["encoding"],
        header_row=_row_number(given["header-row"]),
        sheet=given["sheet"],
        decimal=given["decimal"],
        date_format=given["date-format"],
    )


def in_words_of_form(message: str) -> str:
    """A message that names options of the command, with the labels of the fields instead."""
    message = _NO_COLUMN.sub(r"tick “no such column” for \1", message)
    message = _COLUMNS.sub(lambda match: _fields(_COLUMN.findall(match[0])), message)
    return _OPTION.sub(lambda match: f"“{LABELS[match[1]]}”", message)


def _fields(columns: list[str]) -> str:
    names = ", ".join(f"“{column}”" for column in columns)
    return f"the field{'' if len(columns) == 1 else 's'} {names}"


def _row_number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidOption("header-row", text, "is not the number of a row")
    return int(text)
