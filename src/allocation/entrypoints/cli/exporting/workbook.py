"""Writes a table as a workbook of Excel, in constant memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from tempfile import TemporaryDirectory
from typing import IO, ClassVar, Final

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from allocation.entrypoints.cli.exporting.formats import WriteRow, flag
from allocation.entrypoints.cli.exporting.kinds import Value
from allocation.errors import InputError

MOST_ROWS: Final = 1_048_576
"""The maximum number of rows in a sheet, the header included."""

_WIDTH: Final = 18


class TooManyRows(InputError):
    """The table is too long for a sheet."""

    code: ClassVar[str] = "too_many_rows"

    def __init__(self) -> None:
        super().__init__(
            f"a sheet has room for {MOST_ROWS - 1:,} rows below its header: export to a CSV file, "
            "or part by part with --sku or --sku-prefix"
        )


@contextmanager
def workbook(file: IO[bytes], title: str, columns: Sequence[str]) -> Iterator[WriteRow]:
    """Begin a workbook with one sheet.

    Texts are cells of type text, never formulas, links or numbers; dates are dates.

    Raises:
        TooManyRows: from the function that writes a row.
        OSError: the file cannot be written.
    """
    with TemporaryDirectory() as folder:
        book = Workbook(file, {"constant_memory": True, "tmpdir": folder})
        book.use_zip64()  # only where it is needed: for a sheet of more than 4 GB
        try:
            yield _Sheet(book, title, columns).write
            try:
                book.close()
            except FileCreateError as error:
                raise error.args[0] from error
        finally:
            # After an error, the library leaves its files open, too.
            for sheet in book.worksheets():
                sheet._opt_close()


class _Sheet:
    def __init__(self, book: Workbook, title: str, columns: Sequence[str]) -> None:
        self._sheet: Worksheet = book.add_worksheet(title)
        self._day: CellFormat = book.add_format({"num_format": "yyyy-mm-dd"})
        self._plain: CellFormat = book.add_format()
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(columns) - 1, _WIDTH)
        bold = book.add_format({"bold": True})
        for number, name in enumerate(columns):
            self._sheet.write_string(0, number, name, bold)
        self._next = 1

    def write(self, cells: Sequence[Value]) -> None:
        if self._next == MOST_ROWS:
            raise TooManyRows()
        for number, value in enumerate(cells):
            if value is not None and value != "":
                self._write(self._next, number, value)
        self._next += 1

    def _write(self, row: int, column: int, value: str | int | bool | date) -> None:
        if isinstance(value, str):
            self._write_text(row, column, value)
        elif isinstance(value, bool):
            self._sheet.write_string(row, column, flag(value))
        elif isinstance(value, int):
            self._sheet.write_number(row, column, value)
        else:
            self._sheet.write_datetime(row, column, value, self._day)

    def _write_text(self, row: int, column: int, text: str) -> None:
        if text.startswith("<r>") and text.endswith("</r>"):
            # The library takes such a text for markup of its own, unless it is written as such.
            self._sheet.write_rich_string(row, column, text[:1], self._plain, text[1:])
        else:
            self._sheet.write_string(row, column, text)
