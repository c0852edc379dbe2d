"""The pick list comes back as a file of shipments, and each pick leaves once."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from tests.integration.cli.conftest import Run
from tests.support.exported import csv_rows
from tests.support.files import BATCH_COLUMNS, a_file
from tests.support.ledger import read_ledger


@pytest.fixture
def ordered(run: Run, tmp_path: Path) -> Run:
    """An order of 1,100 lamps, all of which are in the warehouse."""
    run("import", "batches", a_file(tmp_path, "b1,LAMP,2000,", header=BATCH_COLUMNS))
    file = a_file(tmp_path, "o1,LAMP,1100,2030-05-04", header="orderid,sku,qty,required_by")
    assert run("import", "orders", file).returncode == 0
    return run


def a_pick_list(run: Run, path: Path, qty: str) -> Path:
    """The pick list of today, on which the picker has written how many have left."""
    assert run("export", "pick-list", path).returncode == 0
    rows = [{**row, "qty": qty} for row in csv_rows(path)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def saved_as_german_text(path: Path) -> Path:
    rows = csv_rows(path)
    for row in rows:
        row["required_by"] = f"{date.fromisoformat(row['required_by']):%d.%m.%Y}"
    texts = [";".join(row.values()) for row in ({name: name for name in rows[0]}, *rows)]
    german = path.with_name("german.csv")
    german.write_text("\n".join(texts), encoding="cp1252")
    return german


def saved_as_workbook(path: Path) -> Path:
    rows = csv_rows(path)
    saved = path.with_suffix(".xlsx")
    with xlsxwriter.Workbook(saved) as workbook:
        sheet = workbook.add_worksheet()
        day = workbook.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(0, 0, rows[0])
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, row.values())
            sheet.write_number(number, [*row].index("qty"), int(row["qty"]))
            required_by = date.fromisoformat(row["required_by"])
            sheet.write_datetime(number, [*row].index("required_by"), required_by, day)
    return saved


def shipped(url: str) -> int:
    return sum(line["qty"] for line in read_ledger(url).lines if line["state"] == "shipped")


def test_two_parts_of_a_line_leave_on_two_days(
    ordered: Run, sqlite_url: str, tmp_path: Path
) -> None:
    """The two lists differ in their ids only."""
    for day, total in ((1, 550), (2, 1_100)):
        picks = a_pick_list(ordered, tmp_path / f"{day}.csv", "550")
        ended = ordered("import", "shipments", picks)
        assert ended.stdout.startswith("1 shipment: 1 shipped, 0 refused\n")
        assert "not read" not in ended.stderr
        assert shipped(sqlite_url) == total


@pytest.mark.parametrize("save", [saved_as_german_text, saved_as_workbook, lambda path: path])
def test_a_pick_list_in_another_format_is_already_known(
    ordered: Run, sqlite_url: str, tmp_path: Path, save: Callable[[Path], Path]
) -> None:
    picks = a_pick_list(ordered, tmp_path / "p.csv", "550")
    assert ordered("import", "shipments", picks).returncode == 0

    ended = ordered("import", "shipments", save(picks))

    assert ended.stdout.startswith("1 shipment: 1 already known, 0 refused\n")
    assert shipped(sqlite_url) == 550


def test_another_quantity_of_a_pick_that_has_left_is_refused(
    ordered: Run, sqlite_url: str, tmp_path: Path
) -> None:
    picks = a_pick_list(ordered, tmp_path / "p.csv", "550")
    ordered("import", "shipments", picks)
    picks.write_text(picks.read_text().replace(",550,", ",551,"))

    ended = ordered("import", "shipments", picks)

    assert ended.stdout.startswith("1 shipment: 1 refused\n")
    assert shipped(sqlite_url) == 550
