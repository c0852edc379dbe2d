"""Files as spreadsheets and people write them."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.files import BATCH_COLUMNS, a_file
from tests.support.ledger import read_ledger


@pytest.mark.parametrize(
    "row",
    ['Q1, "LAMP", 5, ', ' "Q1",LAMP,5,', '"Q1","LAMP", "5", ""', 'Q1,  "LAMP",5'],
)
def test_blanks_before_quotes_are_no_part_of_a_cell(
    run: Run, sqlite_url: str, tmp_path: Path, row: str
) -> None:
    header = '"ref", "sku", "qty", "eta"'

    ended = run("import", "batches", a_file(tmp_path, row, header=header))

    assert ended.stdout == "1 batch: 1 imported, 0 refused\n"
    assert [(b["reference"], b["sku"]) for b in read_ledger(sqlite_url).batches] == [("Q1", "LAMP")]


def test_quotes_in_the_middle_of_a_cell_are_part_of_the_text(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, 'o1,LAMP,1, 19" rack', header="orderid,sku,qty,note")

    assert stocked("import", "orders", file).stdout == "1 order line: 1 allocated, 0 refused\n"


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


@pytest.mark.parametrize("first", ["", ",,", "\ufeff", "\ufeff,,", "\n\n"])
def test_a_header_may_come_after_empty_lines(stocked: Run, tmp_path: Path, first: str) -> None:
    file = a_file(tmp_path, "orderid,sku,qty", "o1,LAMP,1", header=first)

    assert stocked("import", "orders", file).stdout == "1 order line: 1 allocated, 0 refused\n"


def test_a_file_of_empty_lines_has_no_header(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, ",,", "", header=",,")

    assert stocked("import", "orders", file).stderr == (
        f"error: {file} is empty: it needs a header\n"
    )


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
    file = a_file(tmp_path, "b1,LAMP,5,left", header="ref,sku,qty,shelf")

    ended = run("import", "batches", file)

    assert (ended.returncode, ended.stdout) == (0, "1 batch: 1 imported, 0 refused\n")
    assert ended.stderr == (
        f"{file} has no column 'eta': all batches are imported as warehouse stock.\n"
    )
    assert [batch["eta"] for batch in read_ledger(sqlite_url).batches] == [None]


@pytest.mark.parametrize("column", ["ETA", "Eta"])
def test_an_eta_in_other_letters_is_not_passed_over(run: Run, tmp_path: Path, column: str) -> None:
    file = a_file(tmp_path, "b1,LAMP,5,2030-01-01", header=f"ref,sku,qty,{column}")

    ended = run("import", "batches", file)

    assert ended.returncode == 2
    assert f"has no column 'eta'; it has: ref, sku, qty, {column}" in ended.stderr


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


@pytest.mark.parametrize("eta", ["1899-12-31", "1900-01-00", "9999-12-31"])
def test_a_spreadsheets_zero_is_refused_as_eta(run: Run, tmp_path: Path, eta: str) -> None:
    file = a_file(tmp_path, f"b1,LAMP,5,{eta}", header=BATCH_COLUMNS)

    assert run("import", "batches", file).returncode == 1
    assert f"eta '{eta}' is " in file.with_name("rows.csv.rejected.csv").read_text()
