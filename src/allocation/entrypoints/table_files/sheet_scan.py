"""What a sheet has that its values do not tell: hidden rows, merged cells, formulas, formats."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from allocation.entrypoints.table_files.workbook_package import Package

_REFERENCE: Final = re.compile("([A-Z]{1,3})([0-9]{1,7})")
_A: Final = ord("A") - 1

MOST_CELLS: Final = 20_000_000
"""The maximum of rows times columns, as each takes memory when the sheet is read."""

_MOST_FORMATS: Final = 255
_OTHER_FORMAT: Final = "one of many, perhaps of percentages (%)"

Area = tuple[int, int, int, int]
"""The first and the last row, the first and the last column; all from 0."""


@dataclass(slots=True)
class SheetFacts:
    """What is said of a sheet's rows and cells; all numbers are from 0.

    Attributes:
        height: the rows up to the last cell with a value.
        width: the columns up to the last cell with a value.
        hidden: the hidden rows that have values.
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
    merged: list[Area] = field(default_factory=list)
    without_result: dict[int, bytearray] = field(default_factory=dict)
    rows_with_errors: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    disguised: dict[int, bytearray] = field(default_factory=dict)
    formats: list[str] = field(default_factory=lambda: ["General"])


def has_values(package: Package, part: str) -> bool:
    """Whether a sheet has any cell with a value or a formula."""
    elements: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        if name.rpartition(":")[2] in {"v", "f", "is"}:
            elements.append(name)
            raise StopIteration

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    package.parse(part, parser)
    return bool(elements)


def scan_sheet(package: Package, part: str, styles: Mapping[str, str]) -> SheetFacts:
    """Read a sheet's facts.

    Args:
        package: the workbook.
        part: the part of the sheet.
        styles: the styles whose number format shows more than the digits, and which.

    Raises:
        UnreadableFile: it is damaged.
    """
    scan = _Scan(styles, unsure_of_zero=package.is_calculated_when_opened)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    scan.parser = parser
    package.parse(part, parser)
    return scan.facts


def area_of(reference: str) -> Area | None:
    """The area of a reference such as B8:C9, or of a cell such as B8."""
    first, _, last = reference.partition(":")
    start, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
    if not start or not end:
        return None
    return int(start[2]) - 1, int(end[2]) - 1, _column(start[1]), _column(end[1])


def cell_name(row: int, column: int) -> str:
    """The name of a cell, such as B8."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(_A + 1 + letter) + letters
    return f"{letters}{row + 1}"


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - _A
    return column - 1


class _Scan:
    """Handles the elements of a sheet's XML."""

    def __init__(self, styles: Mapping[str, str], *, unsure_of_zero: bool) -> None:
        self.facts = SheetFacts()
        self.parser: expat.XMLParserType
        self._styles = styles
        self._formats: dict[str, int] = {}
        self._unsure_of_zero = unsure_of_zero
        self._columns: dict[str, int] = {}
        self._row, self._column, self._row_number = -1, -1, ""
        self._is_hidden = False
        self._type, self._style = "", ""
        self._has_value, self._has_formula = False, False
        self._text: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element."""
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._start_cell(attributes)
        elif name == "row":
            self._row_number = attributes.get("r") or str(self._row + 2)
            self._row = int(self._row_number) - 1
            self._column = -1
            self._is_hidden = attributes.get("hidden") in {"1", "true"}
        elif name in {"v", "is"}:
            self._has_value = True
            if self._has_formula or self._type == "e":
                self._text.clear()
                self.parser.CharacterDataHandler = self._text.append
        elif name == "f":
            self._has_formula = True
        elif name == "mergeCell" and (area := area_of(attributes.get("ref", ""))):
            self.facts.merged.append(area)

    def end(self, name: str) -> None:
        """Handle the end of an element."""
        if name == "c" or name.endswith(":c"):
            self._end_cell()
        elif name == "v" or name.endswith(":v"):
            self.parser.CharacterDataHandler = None

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference:
            letters = reference.rstrip("0123456789")
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = _column(letters)
            self._column = column
            if reference[len(letters) :] != self._row_number:
                self._row = int(reference[len(letters) :]) - 1
        else:
            self._column += 1
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._has_value = self._has_formula = False
        self._text.clear()

    def _end_cell(self) -> None:
        if not self._has_value and not self._has_formula:
            return
        facts = self.facts
        if self._row >= facts.height:
            facts.height = self._row + 1
        if self._column >= facts.width:
            facts.width = self._column + 1
        if facts.height * facts.width > MOST_CELLS:
            raise StopIteration  # the reader refuses it
        if self._is_hidden and (not facts.hidden or facts.hidden[-1] != self._row):
            facts.hidden.append(self._row)
        if self._type == "e":
            errors = facts.rows_with_errors.setdefault(self._row, [])
            errors.append((self._column, "".join(self._text)))
        elif self._has_formula and not self._has_result():
            _mark(facts.without_result, self._row, self._column, 1)
        elif self._type == "n" and self._style in self._styles:
            _mark(facts.disguised, self._row, self._column, self._format())

    def _has_result(self) -> bool:
        text = "".join(self._text)
        if self._unsure_of_zero and text in {"", "0"}:
            return False
        return bool(text) or self._type == "str"

    def _format(self) -> int:
        code, formats = self._styles[self._style], self.facts.formats
        number = self._formats.get(code)
        if number is None:
            if len(formats) <= _MOST_FORMATS:
                formats.append(code if len(formats) < _MOST_FORMATS else _OTHER_FORMAT)
            number = self._formats[code] = len(formats) - 1
        return number


def _mark(marks: dict[int, bytearray], row: int, column: int, mark: int) -> None:
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
