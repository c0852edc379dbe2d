"""Which sheet of a workbook is read, and its values."""

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from allocation.entrypoints.table_files.layout import UnreadableFile
from allocation.entrypoints.table_files.sheet_scan import has_values
from allocation.entrypoints.table_files.workbook_package import Package, SheetPart

if TYPE_CHECKING:
    from python_calamine import CalamineSheet


def chosen_sheet(path: Path, package: Package, name: str | None) -> SheetPart:
    """The sheet of this name, or the only visible one that has values.

    Raises:
        UnreadableFile: there is none, or more than one.
    """
    sheets = package.sheets
    if name is not None:
        named = [sheet for sheet in sheets if sheet.name == name]
        if not named:
            names = _names(sheets)
            raise UnreadableFile(path, f"has no sheet {name!r}; it has: {names}")
        return named[0]
    filled = [sheet for sheet in sheets if has_values(package, sheet.part)]
    visible = [sheet for sheet in filled if not sheet.is_hidden]
    if len(visible) == 1:
        return visible[0]
    if visible:
        raise UnreadableFile(path, f"has several sheets: say --sheet NAME: {_names(visible)}")
    if filled:
        reason = f"has only hidden sheets with values: say --sheet NAME: {_names(filled)}"
        raise UnreadableFile(path, reason)
    raise UnreadableFile(path, "is empty: it needs a header")


def calamine_sheet(path: Path, file: BinaryIO, name: str) -> "CalamineSheet":
    """The values of a sheet, in memory.

    Raises:
        UnreadableFile: the workbook is damaged.
    """
    # Imported here because few files are workbooks.
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

    file.seek(0)
    try:
        return CalamineWorkbook.from_filelike(file).get_sheet_by_name(name)
    except (CalamineError, ValueError, KeyError) as error:
        raise UnreadableFile(path, f"is a damaged workbook: {error}") from None


def _names(sheets: list[SheetPart]) -> str:
    return ", ".join(sheet.name for sheet in sheets)
