"""What is exported is imported again without change."""

from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import BatchCreated
from tests.integration.cli.conftest import Run
from tests.support.busy_shop import MARKUP, ODD
from tests.support.commands import allocation_here
from tests.support.exported import csv_rows
from tests.support.files import BATCH_COLUMNS
from tests.support.ledger import read_ledger

IMPORTED_AS: Final = {"batches": "batches", "orders": "orders", "backorders": "orders"}


@pytest.mark.parametrize("table", IMPORTED_AS)
def test_an_export_is_imported_again_without_change(
    busy: Run, database_url: str, tmp_path: Path, table: str
) -> None:
    assert busy("export", table, "table.csv").returncode == 0
    before = read_ledger(database_url).state
    rows = len(csv_rows(tmp_path / "table.csv"))

    ended = busy("import", IMPORTED_AS[table], "table.csv")

    assert ended.returncode == 0
    noun = "batches" if table == "batches" else "order lines"
    assert ended.stdout.startswith(f"{rows} {noun}: {rows} already known")
    assert ended.stdout.endswith(" 0 refused\n")
    assert read_ledger(database_url).state == before
    assert "line 1" not in ended.stderr


def test_an_export_of_an_import_is_the_same_file(
    busy: Run, empty_sqlite_url: str, tmp_path: Path
) -> None:
    """The names of a spreadsheet's formulas, numbers and dates come back as they were."""
    busy("export", "batches", "batches.csv")
    exported = csv_rows(tmp_path / "batches.csv")
    empty = ("--database", empty_sqlite_url)

    imported = allocation_here("import", "batches", "batches.csv", *empty, cwd=tmp_path)
    allocation_here("export", "batches", "again.csv", *empty, cwd=tmp_path)

    assert imported.returncode == 0
    again = csv_rows(tmp_path / "again.csv")
    columns = BATCH_COLUMNS.split(",")
    assert [[row[c] for c in columns] for row in again] == [
        [row[c] for c in columns] for row in exported
    ]
    assert {*ODD, *MARKUP} < {row["sku"] for row in exported}


@pytest.mark.parametrize("file", ["table.csv", "table.xlsx"])
@pytest.mark.parametrize("name", ["#N/A", "####", "4.00638E+12", '="001"'])
def test_a_name_like_what_a_spreadsheet_makes_of_cells_is_exported_and_refused_as_the_help_says(
    run: Run, database_url: str, tmp_path: Path, name: str, file: str
) -> None:
    with closing(bootstrap(Settings(database_url))) as parts:
        parts.handle_all([BatchCreated(name, "LAMP", 1), BatchCreated("b1", "LAMP", 1)])
    before = read_ledger(database_url).state

    exported = run("export", "batches", file)
    imported = run("import", "batches", file)

    assert exported.stderr.startswith("2 batches exported")
    assert imported.returncode == 1
    assert imported.stdout.endswith(" 1 already known, 1 refused\n")
    assert read_ledger(database_url).state == before
    assert name in allocation_here("export", "--help", cwd=tmp_path).stdout
