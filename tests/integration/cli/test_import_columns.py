"""The optional columns of a file of orders: line, required_by and split."""

import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.files import LINE_COLUMNS, a_file
from tests.support.ledger import read_ledger

ALL_COLUMNS = f"{LINE_COLUMNS},line,required_by,split"


def test_the_columns_are_read(stocked: Run, sqlite_url: str, tmp_path: Path) -> None:
    file = a_file(tmp_path, "o1,LAMP,7,a,2029-12-31,yes", "o1,LAMP,8,,,", header=ALL_COLUMNS)

    ended = stocked("import", "orders", file)

    assert (ended.stdout, ended.stderr) == ("2 order lines: 2 allocated, 0 refused\n", "")
    log = read_ledger(sqlite_url).messages
    bodies = [json.loads(row["body"]) for row in log if row["type"] == "AllocationRequired"]
    assert bodies == [
        {
            "orderid": "o1",
            "sku": "LAMP",
            "qty": 7,
            "line": "a",
            "required_by": "2029-12-31",
            "split": True,
        },
        {"orderid": "o1", "sku": "LAMP", "qty": 8},
    ]


def test_a_line_that_may_be_split_takes_what_there_is(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "o1,LAMP,105,yes", "o2,LAMP,6,no", header=f"{LINE_COLUMNS},split")
    stocked("import", "orders", file)
    rows = [row.split()[:4] for row in stocked("show", "order", "o1").stdout.splitlines()[1:]]
    assert rows == [["LAMP", "100", "allocated", "b1"], ["LAMP", "5", "allocated", "b2"]]
    assert "waiting" in stocked("show", "order", "o2").stdout


@pytest.mark.parametrize(
    ("word", "split"), [("yes", True), ("TRUE", True), ("no", False), ("False", False), ("", None)]
)
def test_the_words_for_split(
    stocked: Run, sqlite_url: str, tmp_path: Path, word: str, split: bool | None
) -> None:
    stocked(
        "import", "orders", a_file(tmp_path, f"o1,LAMP,1,{word}", header="orderid,sku,qty,split")
    )
    [body] = [
        json.loads(row["body"])
        for row in read_ledger(sqlite_url).messages
        if row["type"] == "AllocationRequired"
    ]
    assert body.get("split") is split


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("split", "perhaps", "split 'perhaps' is none of yes, no, true and false"),
        ("required_by", "soon", "required_by 'soon' is not a date, such as 2026-12-24"),
        ("required_by", "1999-12-31", "required_by '1999-12-31' is before the year 2000"),
        ("line", "\u200b", "line '\\u200b' has"),
    ],
)
def test_a_wrong_cell_is_refused(
    stocked: Run, tmp_path: Path, column: str, cell: str, reason: str
) -> None:
    rejected = tmp_path / "rejected.csv"
    file = a_file(tmp_path, f"o1,LAMP,1,{cell}", header=f"{LINE_COLUMNS},{column}")
    ended = stocked("import", "orders", file, "--rejected", rejected)
    assert (ended.returncode, ended.stdout) == (1, "1 order line: 1 refused\n")
    assert reason in rejected.read_text()


def test_importing_the_file_again_changes_nothing_with_the_columns_or_without(
    stocked: Run, sqlite_url: str, tmp_path: Path
) -> None:
    stocked("import", "orders", a_file(tmp_path, "o1,LAMP,7,,2029-12-31,yes", header=ALL_COLUMNS))
    before = read_ledger(sqlite_url).state

    for row, header in (("o1,LAMP,7,,2029-12-31,yes", ALL_COLUMNS), ("o1,LAMP,7", LINE_COLUMNS)):
        ended = stocked("import", "orders", a_file(tmp_path, row, header=header))
        assert ended.stdout == ("1 order line: 1 already known (1 allocated), 0 refused\n")

    assert read_ledger(sqlite_url).state == before


def test_lines_of_one_order_for_one_sku_are_told_apart(stocked: Run, tmp_path: Path) -> None:
    rows = ("o1,LAMP,1,a", "o1,LAMP,1,b", "o1,LAMP,1,a", "o1,LAMP,1,")
    file = a_file(tmp_path, *rows, header=f"{LINE_COLUMNS},line")
    summary = "4 order lines: 3 allocated, 1 repeated in the file, 0 refused\n"
    assert stocked("import", "orders", file, "--dry-run").stdout.startswith(summary)
    assert stocked("import", "orders", file).stdout == summary


def test_a_dry_run_lists_only_the_lines_of_other_orders(stocked: Run, tmp_path: Path) -> None:
    columns = f"{LINE_COLUMNS},line"
    stocked("import", "orders", a_file(tmp_path, "o1,LAMP,200,a", header=columns))
    batches = a_file(tmp_path, "b3,LAMP,300,", header="ref,sku,qty,eta")
    dry = stocked("import", "batches", batches, "--dry-run").stdout.splitlines()
    assert [line.split() for line in dry[1:3]] == [
        ["order", "sku", "line", "qty", "from", "to", "due", "before", "due", "now"],
        ["o1", "LAMP", "a", "200", "waiting", "b3", "in", "stock"],
    ]
    lines = a_file(tmp_path, "o1,LAMP,1,b", header=columns)
    assert len(stocked("import", "orders", lines, "--dry-run").stdout.splitlines()) == 2


def test_closed_lines_are_counted_by_their_status(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "o1,LAMP,1", "o2,LAMP,2", "o3,LAMP,3", "o4,LAMP,400")
    stocked("import", "orders", file)
    stocked("ship", "o1")
    stocked("cancel", "o2")
    assert stocked("import", "orders", file).stdout == (
        "4 order lines: 4 already known"
        " (1 allocated, 1 cancelled, 1 shipped, 1 waiting), 0 refused\n"
    )


def test_refused_rows_can_be_corrected_and_imported(stocked: Run, tmp_path: Path) -> None:
    rejected = tmp_path / "rejected.csv"
    file = a_file(tmp_path, "o1,LMAP,1,a", header=f"{LINE_COLUMNS},line")
    assert stocked("import", "orders", file, "--rejected", rejected).returncode == 1
    corrected = a_file(
        tmp_path,
        *rejected.read_text().replace("LMAP", "LAMP").splitlines()[1:],
        header=rejected.read_text().splitlines()[0],
    )
    assert stocked("import", "orders", corrected).stdout == "1 order line: 1 allocated, 0 refused\n"
    assert stocked("cancel", "o1", "LAMP", "--line", "a").returncode == 0


def test_the_case_of_a_column_name_does_not_matter(
    stocked: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file = a_file(tmp_path, "o1,LAMP,1,yes", header="ORDERID,Sku,qty,Split")
    assert stocked("import", "orders", file).returncode == 0
    assert '"split":true' in str(read_ledger(sqlite_url).messages)


def test_known_lines_of_one_order_are_not_repetitions(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "o1,LAMP,1,a", "o1,LAMP,1,b", header=f"{LINE_COLUMNS},line")
    stocked("import", "orders", file)
    assert stocked("import", "orders", file).stdout == (
        "2 order lines: 2 already known (2 allocated), 0 refused\n"
    )


@pytest.mark.parametrize(
    ("header", "warning"),
    [
        ("orderid,sku,qty,require_by", "has a column that is not read: require_by."),
        ("orderid,sku,qty,colour,[b]", "has columns that are not read: colour, [b]."),
        ("orderid,sku,qty,line,required_by,split", None),
        ("orderid,sku,qty,", None),
        ("line_number,reason,orderid,sku,qty", None),
    ],
)
@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_column_that_is_not_read_is_named(
    stocked: Run, tmp_path: Path, header: str, warning: str | None, options: tuple[str, ...]
) -> None:
    row = "7,why,o1,LAMP,1" if header.startswith("line_number") else "o1,LAMP,1"
    file = a_file(tmp_path, row, header=header)
    ended = stocked("import", "orders", file, *options)
    assert ended.returncode == 0
    assert ended.stderr == ("" if warning is None else f"{file} {warning}\n")
