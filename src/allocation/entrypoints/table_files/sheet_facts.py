"""What a sheet has that its values do not tell: hidden rows, merged cells, formulas, formats."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

_REFERENCE: Final = re.compile("([A-Z]{1,3})([0-9]{1,7})")
_A: Final = ord("A") - 1

Area = tuple[int, int, int, int]
"""The first and the last row, the first and the last column; all from 0."""


@dataclass(slots=True)
class SheetFacts:
    """What is said of a sheet's rows and cells; all numbers are from 0.

    Attributes:
        height: the rows up to the last cell with a value.
        width: the columns up to the last cell with a value.
        hidden: the hidden rows that have values.
        hidden_columns: the ranges of hidden columns, each with its first and its last one.
        merged: the merged areas.
        without_result: for each column, a byte for each row that has a formula without a result.
        rows_with_errors: the columns with error values by their rows, and which.
        disguised: for each column, a byte for each row: the number of the format in `formats`
            that shows a number with other characters, or 0.
        formats: number formats.
    """

    height: int = 0
    width: int = 0
    hidden: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[Area] = field(default_factory=list)
    without_result: dict[int, bytearray] = field(default_factory=dict)
    rows_with_errors: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    disguised: dict[int, bytearray] = field(default_factory=dict)
    formats: list[str] = field(default_factory=lambda: ["General"])


def area_of(reference: str) -> Area | None:
    """The area of a reference such as B8:C9, or of a cell such as B8."""
    first, _, last = reference.partition(":")
    start, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
    if not start or not end:
        return None
    return int(start[2]) - 1, int(end[2]) - 1, column_number(start[1]), column_number(end[1])


def cell_name(row: int, column: int) -> str:
    """The name of a cell, such as B8."""
    return f"{column_letters(column)}{row + 1}"


def column_letters(column: int) -> str:
    """The letters of a column, by its number from 0."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(_A + 1 + letter) + letters
    return letters


def column_number(letters: str) -> int:
    """The number of a column from 0, by its letters."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - _A
    return column - 1


def mark_cell(marks: dict[int, bytearray], row: int, column: int, mark: int) -> None:
    """Set the mark of a cell."""
    marked = marks.setdefault(column, bytearray())
    if len(marked) <= row:
        marked.extend(bytes(row + 1 - len(marked)))
    marked[row] = mark


def marked_at(marks: Mapping[int, bytearray], row: int, column: int) -> int:
    """The mark of a cell, or 0."""
    marked = marks.get(column)
    return marked[row] if marked is not None and row < len(marked) else 0


def first_of(rows: Iterable[int]) -> str:
    """The numbers of some rows, from 1, for a message."""
    shown = [str(row + 1) for row, _ in zip(rows, range(6), strict=False)]
    return ", ".join(shown[:5]) + (", …" if len(shown) > 5 else "")
