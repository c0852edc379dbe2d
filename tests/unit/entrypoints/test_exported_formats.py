"""Any name, number and day comes back from a CSV file and from a workbook as it was."""

import csv
from datetime import date
from io import BytesIO, StringIO
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from allocation.domain.validation import (
    EARLIEST_DATE,
    LARGEST_QUANTITY,
    LATEST_DATE,
    normalize_name,
)
from allocation.entrypoints.cli.exporting.formats import OPEN, Format

SPECIAL = st.text(st.sampled_from("=+-@'\"<>&;,_x0041r/ {}[]\\%Eé1"), min_size=1, max_size=20)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
NAMES = (SPECIAL | TEXT).map(normalize_name).filter(bool)
ROWS = st.lists(
    st.tuples(NAMES, st.integers(0, LARGEST_QUANTITY), st.dates(EARLIEST_DATE, LATEST_DATE)),
    min_size=1,
    max_size=4,
)
COLUMNS = ("sku", "qty", "eta")
Rows = list[tuple[str, int, date]]


def written(rows: Rows, file_format: Format) -> bytes:
    file = BytesIO()
    with OPEN[file_format](file, "rows", COLUMNS) as write:
        for row in rows:
            write(row)
    return file.getvalue()


@given(ROWS)
@settings(deadline=None)
def test_a_csv_file_has_the_cells_that_were_written(rows: Rows) -> None:
    text = written(rows, Format.CSV).decode()

    read = [*csv.reader(StringIO(text, newline=""), strict=True)]
    assert read == [[*COLUMNS], *([sku, str(qty), eta.isoformat()] for sku, qty, eta in rows)]
    assert text.endswith("\n")
    assert "\r" not in text


@given(ROWS)
@example([("<r>x</r>", 1, EARLIEST_DATE), ("_x0041_", 1, LATEST_DATE), ("<r></r>", 0, LATEST_DATE)])
@settings(max_examples=60, deadline=None)  # a workbook takes some milliseconds
def test_a_workbook_has_the_cells_that_were_written(rows: Rows) -> None:
    book = CalamineWorkbook.from_filelike(BytesIO(written(rows, Format.XLSX)))

    read: list[list[Any]] = book.get_sheet_by_index(0).to_python()
    assert read == [[*COLUMNS], *(list(row) for row in rows)]
