"""How a file of refused rows is written: as the imported file is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from allocation.entrypoints.table_files.cells import ANY_FORMAT, Formats
from allocation.entrypoints.table_files.layout import Row
from allocation.entrypoints.table_files.stored_values import StoredDate, StoredNumber


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """How refused rows are written, so that they are read again as they were.

    Attributes:
        delimiter: the character between two cells.
        encoding: a codec of Python.
        formats: the form of the dates and numbers that a workbook stores, if the import says one.
        read: the indices of the columns that are read; only their cells are in that form, as the
            other ones may distinguish the row from others.
    """

    delimiter: str
    encoding: str
    formats: Formats = ANY_FORMAT
    read: Collection[int] = ()

    def cells(self, row: Row) -> list[str]:
        """The cells of a row as they are written."""
        if self.formats == ANY_FORMAT:
            return row.cells
        cells = list(row.cells)
        for index in self.read:
            if index < len(cells):
                cells[index] = _in_form(cells[index], self.formats)
        return cells


def _in_form(cell: str, formats: Formats) -> str:
    if isinstance(cell, StoredDate) and formats.date_format is not None and " " not in cell:
        return date.fromisoformat(cell).strftime(formats.date_format)
    if isinstance(cell, StoredNumber) and formats.decimal is not None:
        return cell.replace(".", formats.decimal)
    return cell
