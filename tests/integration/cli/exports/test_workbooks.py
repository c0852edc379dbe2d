"""Exported workbooks have the cells of the CSV file, each of its own type."""

from datetime import date
from pathlib import Path
from unittest import mock

import pytest
from python_calamine import CalamineWorkbook

from allocation.entrypoints.cli.exporting import workbook
from tests.integration.cli.conftest import Run
from tests.support.busy_shop import MARKUP, ODD
from tests.support.exported import TABLES, csv_rows
from tests.support.files import a_file


@pytest.mark.parametrize("table", TABLES)
def test_a_workbook_has_the_same_cells_as_the_csv_file(
    busy: Run, tmp_path: Path, table: str
) -> None:
    busy("export", table, "t.csv")
    ended = busy("export", table, "t.xlsx")

    assert ended.returncode == 0
    header, *cells = (
        CalamineWorkbook.from_path(tmp_path / "t.xlsx").get_sheet_by_index(0).to_python()
    )
    rows = csv_rows(tmp_path / "t.csv")
    assert header == list(rows[0])
    assert [[as_csv(cell) for cell in row] for row in cells] == [list(row.values()) for row in rows]
    for row, of_csv in zip(cells, rows, strict=True):
        for column, cell in zip(header, row, strict=True):
            assert type(cell) is kind_of(str(column), of_csv[str(column)]), (column, cell)


def as_csv(cell: object) -> str:
    return f"{cell:.0f}" if isinstance(cell, float) else str(cell)


def kind_of(column: str, text: str) -> type:
    if text and column in ("eta", "required_by", "due"):
        return date
    numbers = ("qty", "allocated", "available", "blocked", "open", "shipped", "waiting")
    return float if column in numbers else str


def test_a_workbook_has_texts_and_no_formulas_or_links(busy: Run, tmp_path: Path) -> None:
    busy("export", "batches", "t.xlsx")

    sheet = CalamineWorkbook.from_path(tmp_path / "t.xlsx").get_sheet_by_index(0).to_python()
    assert {*ODD, *MARKUP} < {row[1] for row in sheet}


def test_a_workbook_that_is_too_long_is_refused_and_csv_named(busy: Run, tmp_path: Path) -> None:
    with mock.patch.object(workbook, "MOST_ROWS", 24):
        assert busy("export", "batches", "b.xlsx").returncode == 0
        busy("import", "batches", a_file(tmp_path, "more,LAMP,1", header="ref,sku,qty"))

        ended = busy("export", "batches", "c.xlsx")

    assert ended.returncode == 2
    assert "23 rows below its header: export to a CSV file" in ended.stderr
    assert not [*tmp_path.glob("*c.xlsx*")]
