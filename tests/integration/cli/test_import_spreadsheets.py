"""Files as spreadsheets and people write them."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.files import BATCH_COLUMNS, a_file
from tests.support.ledger import read_ledger


def test_a_name_may_have_quotes_around_it(run: Run, sqlite_url: str, tmp_path: Path) -> None:
    file = a_file(tmp_path, 'Q1,"""TABLE""",5,', header=BATCH_COLUMNS)

    assert run("import", "batches", file).returncode == 0
    assert [batch["sku"] for batch in read_ledger(sqlite_url).batches] == ['"TABLE"']


BLANK = [",,", " , , ", '"","",""', "", "   ", ",", ",,,,,", "\u00a0,\t,"]


@pytest.mark.parametrize("blank", BLANK)
def test_rows_of_empty_cells_are_passed_over(stocked: Run, tmp_path: Path, blank: str) -> None:
    file = a_file(tmp_path, blank, "o1,LAMP,1", blank, blank, "o2,LAMP,0", blank)

    ended = stocked("import", "orders", file)

    assert ended.stdout == "2 order lines: 1 allocated, 1 refused\n"
    refused = file.with_name("rows.csv.rejected.csv").read_text().splitlines()[1]
    assert refused.startswith("6,"), "the line is the one that an editor shows"


def test_cells_that_are_missing_at_the_end_are_empty(
    run: Run, sqlite_url: str, tmp_path: Path
) -> None:
    header = f"{BATCH_COLUMNS},note,bin"

    ended = run(
        "import", "batches", a_file(tmp_path, "b1,LAMP,5", "b2,LAMP,6,2030-01-01", header=header)
    )

    assert ended.stdout == "2 batches: 2 imported, 0 refused\n"
    etas = {b["reference"]: b["eta"] for b in read_ledger(sqlite_url).batches}
    assert etas["b1"] is None
    assert str(etas["b2"]).startswith("2030-01-01")


def test_a_file_without_eta_column_means_stock_in_the_warehouse_and_says_so(
    run: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file = a_file(tmp_path, "b1,LAMP,5", header="ref,sku,qty")

    ended = run("import", "batches", file)

    assert (ended.returncode, ended.stdout) == (0, "1 batch: 1 imported, 0 refused\n")
    assert ended.stderr == (
        f"{file} has no column 'eta': all batches are imported as warehouse stock.\n"
    )
    assert [batch["eta"] for batch in read_ledger(sqlite_url).batches] == [None]


@pytest.mark.parametrize("spelling", ["L\u00d6T", "LO\u0308T"], ids=["NFC", "NFD"])
def test_names_that_look_the_same_are_one_in_files_and_commands(
    run: Run, tmp_path: Path, spelling: str
) -> None:
    rows = ["L\u00d6T,L\u00d6T,10,", "LO\u0308T,LO\u0308T,10,"]
    batches = a_file(tmp_path, *rows, header=BATCH_COLUMNS)
    assert run("import", "batches", batches).stdout == (
        "2 batches: 1 imported, 1 repeated in the file, 0 refused\n"
    )
    run("import", "orders", a_file(tmp_path, "LO\u0308T,LO\u0308T,4"))

    assert run("set-quantity", spelling, "9").stdout.startswith("L\u00d6T holds 9 now")
    assert "L\u00d6T" in run("show", "sku", spelling).stdout
    assert "allocated" in run("show", "order", spelling).stdout
