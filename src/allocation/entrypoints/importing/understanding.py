"""How a file is read: its form, and what the cells of its first rows are read as."""

from collections.abc import Callable, Mapping
from datetime import date
from itertools import islice
from typing import Final, TypeVar

from allocation.entrypoints.table_files.cells import Cells, Formats
from allocation.entrypoints.table_files.csv_table import CsvTable
from allocation.entrypoints.table_files.encodings import UTF_8
from allocation.entrypoints.table_files.open_table import AnyTable
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.errors import InvalidValue

T = TypeVar("T")

SHOWN_ROWS: Final = 2
"""Rows whose values are shown as they are read."""

_LONGEST: Final = 40


def is_plain(table: AnyTable, options: ReadingOptions) -> bool:
    """Whether nothing about a file was detected or said: UTF-8, commas, and our own names."""
    if options != ReadingOptions() or not isinstance(table, CsvTable):
        return False
    form = table.format
    is_ours = table.columns.are_ours and not form.has_separator_line
    return is_ours and (form.encoding, form.delimiter) == (UTF_8, ",")


def form_of(table: AnyTable) -> str:
    """The form of a file in words: encoding and delimiter, or the sheet, and its header."""
    if not isinstance(table, CsvTable):
        return f"workbook, sheet {table.sheet_name}, header in row {table.header_row}"
    form = table.format
    encoding = "utf-8" if form.encoding == UTF_8 else form.encoding
    delimiter = "tab" if form.delimiter == "\t" else repr(form.delimiter)
    return f"{encoding}, delimiter {delimiter}, header in row {table.header_row}"


class _ObservedCells(Cells):
    """Cells that note what each is read as."""

    __slots__ = ("_noted_columns", "_notes")

    def __init__(
        self, texts: Mapping[str, str], formats: Formats, notes: dict[str, list[str]]
    ) -> None:
        super().__init__(texts, formats)
        self._notes = notes
        self._noted_columns: set[str] = set()

    def text(self, column: str) -> str:
        """The text of a cell."""
        return self._noted(column, super().text)

    def number(self, column: str) -> int:
        """A whole number."""
        return self._noted(column, super().number)

    def date(self, column: str) -> date | None:
        """A date; None for an empty cell."""
        return self._noted(column, super().date)

    def flag(self, column: str) -> bool | None:
        """A truth value; None for an empty cell."""
        return self._noted(column, super().flag)

    def _noted(self, column: str, read: Callable[[str], T]) -> T:
        text = f"{self._texts[column]:.{_LONGEST}}"
        try:
            value = read(column)
        except InvalidValue as refusal:
            self._note(column, f"{text}: {refusal.reason}")
            raise
        is_same = value is None or str(value) == text
        self._note(column, text if is_same else f"{text} -> {value}")
        return value

    def _note(self, column: str, note: str) -> None:
        if not note:
            return
        notes = self._notes.setdefault(column, [])
        if column in self._noted_columns:
            notes.pop()  # a conversion asks twice; the last time, for the value itself
        self._noted_columns.add(column)
        notes.append(note)


def first_values(table: AnyTable) -> dict[str, list[str]]:
    """What the cells of the first rows are read as, by column."""
    notes: dict[str, list[str]] = {}
    rows = table.rows(lambda texts, formats: _ObservedCells(texts, formats, notes))
    for _ in islice(rows, SHOWN_ROWS):
        pass
    return notes
