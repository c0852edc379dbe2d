"""Tables in files of any kind, and what they are read as."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import xlsxwriter

from allocation.domain.events import BatchCreated
from allocation.entrypoints.importing.kinds import BATCHES
from allocation.entrypoints.table_files.layout import Row
from allocation.entrypoints.table_files.open_table import open_table
from allocation.entrypoints.table_files.reading_options import ReadingOptions
from allocation.entrypoints.table_files.refused_form import RefusedForm
from allocation.entrypoints.table_files.rejected_rows import RejectedRows

Batch = tuple[str, str, int, date | None]
"""Reference, sku, quantity and date."""


def rows_in(content: bytes, **options: Any) -> list[Row]:
    """The rows of a file of batches."""
    table = open_table(Path("file"), BytesIO(content), BATCHES, ReadingOptions(**options))
    return list(table.rows())


def batches_in(content: bytes, **options: Any) -> list[Batch | str]:
    """The batches of a file of batches, and the reasons of refused rows."""
    return [_batch_or_reason(row) for row in rows_in(content, **options)]


def _batch_or_reason(row: Row) -> Batch | str:
    event = row.event
    if event is None:
        return row.reason
    assert isinstance(event, BatchCreated)
    return event.ref, event.sku, event.qty, event.eta


@contextmanager
def refused_rows_at(path: Path, made: type[RejectedRows] = RejectedRows) -> Iterator[RejectedRows]:
    """The file of refused rows of a file with one column, an order's."""
    form = RefusedForm(",", "utf-8")
    with (
        TemporaryFile() as imported,
        made(path, ["orderid"], beside=imported, form=form) as rejected_rows,
    ):
        yield rejected_rows


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook that is written by `fill`, after the rows."""

    rows: Sequence[Sequence[Any]]
    name: str = "Stock"
    fill: Callable[[Any, Any], None] = lambda workbook, sheet: None
    first_row: int = 0
    first_column: int = 0


def a_workbook(*sheets: Sheet, **options: Any) -> bytes:
    """A workbook with these sheets; dates are dates."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, **options}) as workbook:
        day = workbook.add_format({"num_format": "dd.mm.yyyy"})
        for each in sheets:
            sheet = workbook.add_worksheet(each.name)
            for number, row in enumerate(each.rows, start=each.first_row):
                _write(sheet, number, each.first_column, row, day)
            each.fill(workbook, sheet)
    return content.getvalue()


def _write(sheet: Any, number: int, first_column: int, row: Iterable[Any], day: Any) -> None:
    for column, value in enumerate(row, start=first_column):
        if isinstance(value, date):
            sheet.write_datetime(number, column, value, day)
        elif isinstance(value, str) and not value.startswith("="):
            sheet.write_string(number, column, value)
        elif value is not None:
            sheet.write(number, column, value)
