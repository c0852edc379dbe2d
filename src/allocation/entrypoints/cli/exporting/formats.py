"""The formats of exported tables: CSV and Excel's workbooks."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Final

from allocation.entrypoints.cli.exporting.kinds import Value

WriteRow = Callable[[Sequence[Value]], None]
"""Writes the cells of a row."""

Open = Callable[[IO[bytes], str, Sequence[str]], AbstractContextManager[WriteRow]]
"""Begins a table with a title and columns in a file; it is complete when the context ends."""


class Format(StrEnum):
    """The format of a file."""

    CSV = "csv"
    XLSX = "xlsx"


def format_of(path: Path) -> Format | None:
    """The format that the name of a file stands for."""
    return {f".{one}": one for one in Format}.get(path.suffix.lower())


@contextmanager
def _csv_table(file: IO[bytes], _title: str, columns: Sequence[str]) -> Iterator[WriteRow]:
    """A table in UTF-8 with commas and line feeds; names are written as they are.

    A name that a spreadsheet would take for a formula must come back unchanged, too.
    """
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)

    def write(cells: Sequence[Value]) -> None:
        writer.writerow([_text(cell) for cell in cells])

    try:
        yield write
        text.flush()
    finally:
        text.detach()  # the file belongs to the caller


def _text(value: Value) -> str | int:
    if value is None:
        return ""
    if isinstance(value, bool):
        return flag(value)
    return value.isoformat() if isinstance(value, date) else value


def flag(value: bool) -> str:
    """A truth value, as the import reads it."""
    return "yes" if value else "no"


@contextmanager
def _workbook(file: IO[bytes], title: str, columns: Sequence[str]) -> Iterator[WriteRow]:
    # Imported here because it takes a twentieth of a second, and most commands need none.
    from allocation.entrypoints.cli.exporting.workbook import workbook  # noqa: PLC0415

    with workbook(file, title, columns) as write:
        yield write


OPEN: Final[dict[Format, Open]] = {Format.CSV: _csv_table, Format.XLSX: _workbook}
