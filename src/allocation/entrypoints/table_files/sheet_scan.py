"""Reads the XML of a sheet for what its values do not tell."""

from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from allocation.entrypoints.table_files.sheet_facts import (
    SheetFacts,
    area_of,
    column_number,
    mark_cell,
)
from allocation.entrypoints.table_files.workbook_package import Package

MOST_CELLS: Final = 20_000_000
"""The maximum of rows times columns, as each takes memory when the sheet is read."""

_MOST_FORMATS: Final = 255
_OTHER_FORMAT: Final = "one of many, perhaps of percentages (%)"


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


def _is_unseen(attributes: Mapping[str, str], size: str) -> bool:
    """Whether a row or a column is hidden, or has the size 0."""
    if attributes.get("hidden") in {"1", "true"}:
        return True
    return size in attributes and float(attributes[size]) == 0


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
            self._is_hidden = _is_unseen(attributes, "ht")
        elif name == "col" and _is_unseen(attributes, "width"):
            first, last = int(attributes["min"]), int(attributes["max"])
            self.facts.hidden_columns.append((first - 1, last - 1))
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
                column = self._columns[letters] = column_number(letters)
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
            mark_cell(facts.without_result, self._row, self._column, 1)
        elif self._type == "n" and self._style in self._styles:
            mark_cell(facts.disguised, self._row, self._column, self._format())

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
