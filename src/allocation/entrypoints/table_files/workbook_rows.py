"""The values of a workbook's sheet as texts that keep their type."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from allocation.entrypoints.table_files.names_in_cells import IS_ERROR, name_from
from allocation.entrypoints.table_files.number_cells import number_from
from allocation.entrypoints.table_files.sheet_facts import SheetFacts, marked_at
from allocation.entrypoints.table_files.stored_values import (
    DisguisedNumber,
    StoredDate,
    StoredFlag,
    StoredNumber,
    StoredText,
    StoredTime,
    Unusable,
)
from allocation.errors import InvalidValue

NOT_AVAILABLE: Final = "#N/A"
"""What stands for a value that cannot be read in a file of refused rows; no import takes it."""

NO_RESULT: Final = (
    "is a formula without a result: open the workbook in the spreadsheet, and save it again"
)


def rows_of(sheet: Any, facts: SheetFacts, width: int) -> Iterator[list[str]]:
    """The texts of the rows of a sheet, from its first row, each with as many cells."""
    if sheet.start is None:
        return
    offset = [""] * sheet.start[1]
    for number, values in enumerate(sheet.iter_rows()):
        yield _texts([*offset, *values][:width], number, facts)


def reasons_in_workbooks(column: str, text: str) -> Iterator[str]:
    """The reasons for which a cell is refused in a workbook, but its text would not be in CSV."""
    if not isinstance(text, StoredText):
        return
    readers: list[Callable[[str, str], object]] = [name_from]
    if isinstance(text, DisguisedNumber):
        readers.append(partial(number_from, decimal=None))
    for reader in readers:
        try:
            reader(column, text)
        except InvalidValue as refusal:
            yield str(refusal)


def _texts(values: list[Any], row: int, facts: SheetFacts) -> list[str]:
    texts = [value if type(value) is str else _text(value) for value in values]
    for column, marks in facts.without_result.items():
        if row < len(marks) and marks[row] and column < len(texts):
            texts[column] = Unusable.because(NO_RESULT, NOT_AVAILABLE)
    for column in facts.disguised:
        mark = marked_at(facts.disguised, row, column) if column < len(texts) else 0
        if mark and isinstance(texts[column], StoredNumber):
            texts[column] = DisguisedNumber.shown_as(facts.formats[mark], texts[column])
    if row in facts.rows_with_errors:
        for column, error in facts.rows_with_errors[row]:
            if column < len(texts):
                texts[column] = Unusable.because(IS_ERROR, error or NOT_AVAILABLE)
    return texts


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return StoredFlag("yes" if value else "no")
    if isinstance(value, (int, float)):
        is_whole = isinstance(value, int) or value.is_integer()
        return StoredNumber(int(value) if is_whole else repr(value))
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return StoredDate(value.date().isoformat() if is_day else value.isoformat(" "))
    if isinstance(value, date):
        return StoredDate(value.isoformat())
    if isinstance(value, (time, timedelta)):
        return StoredTime(value)
    return str(value)
