"""Files of refused rows are read by the command that is printed, and are the same rows then."""

from datetime import date
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.integration.cli.test_import_reading import batches, command_in
from tests.support.files import a_file
from tests.support.table_files import Sheet, a_workbook

SHIPMENTS = [
    ("orderid", "sku", "qty", "ref", "Day", "Weight"),
    ("o1", "LAMP", 4, "b1", date(2027, 3, 1), 1.5),
    ("o1", "LAMP", 4, "b1", date(2027, 3, 2), 1.5),
]


def a_wide_file(path: Path) -> Path:
    rows = "o1,LAMP,4,b1,2027-03-01\no1,LAMP,4,b1,2027-03-02\n"
    path.write_bytes(f"orderid,sku,qty,ref,Day\n{rows}".encode("utf-16-le"))
    return path


def a_sheet(path: Path) -> Path:
    path.write_bytes(a_workbook(Sheet(SHIPMENTS)))
    return path


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (a_wide_file, ("--encoding", "utf-16-le")),
        (a_wide_file, ("--encoding", "UTF-16LE")),
        (a_sheet, ("--date-format", "%d.%m.%Y", "--decimal", ",")),
    ],
)
def test_a_refused_row_that_is_imported_later_is_known_in_its_own_file(
    stocked: Run, tmp_path: Path, make: object, options: tuple[str, ...]
) -> None:
    assert callable(make)
    file = make(tmp_path / "shipments")
    refused = stocked("import", "shipments", file, *options)
    assert refused.stdout.splitlines()[0] == "2 shipments: 2 refused"
    stocked("import", "orders", a_file(tmp_path, "o1,LAMP,10"))

    mended = stocked(*command_in(refused))
    again = stocked("import", "shipments", file, *options)

    assert mended.stdout.splitlines()[0] == "2 shipments: 2 shipped, 0 refused"
    assert again.stdout.splitlines()[0] == "2 shipments: 2 already known, 0 refused"


@pytest.mark.parametrize("decimal", [",", "."])
def test_a_fraction_of_a_workbook_is_no_larger_number_in_the_file_of_refused_rows(
    run: Run, sqlite_url: str, tmp_path: Path, decimal: str
) -> None:
    file = tmp_path / "stock.xlsx"
    file.write_bytes(a_workbook(Sheet([("ref", "sku", "qty", "eta"), ("b1", "LAMP", 1.125)])))

    ended = run("import", "batches", file, "--decimal", decimal)
    again = run(*command_in(ended))

    assert ended.stdout == again.stdout == "1 batch: 1 refused\n"
    assert "qty" in file.with_name("stock.xlsx.rejected.csv").read_text()
    assert batches(sqlite_url) == []


@pytest.mark.parametrize(
    ("encoding", "options"),
    [
        ("utf-32", ()),
        ("utf-32-le", ("--encoding", "UTF-32LE")),
        ("utf-16-be", ("--encoding", "UTF_16BE")),
        ("cp037", ("--encoding", "cp037")),
        ("utf-16", ("--encoding", "utf-16-le")),
    ],
)
@pytest.mark.parametrize("first_line", ["", "sep=^\n"])
def test_the_file_of_refused_rows_is_recognised_in_every_encoding_and_goes_in(
    run: Run,
    sqlite_url: str,
    tmp_path: Path,
    encoding: str,
    options: tuple[str, ...],
    first_line: str,
) -> None:
    text = "ref;sku;qty;eta;No\rte\nbö;LAMP;0;;\n"
    text = text.replace("No\rte", '"No\rte"').replace(";", "^" if first_line else ";")
    file = tmp_path / "stock.txt"
    file.write_bytes((first_line + text).encode(encoding))

    run("import", "batches", file, *options)
    ended = run("import", "batches", file, *options)
    again = run(*command_in(ended), "--rejected", tmp_path / "more.csv")
    mended_file = file.with_name("stock.txt.rejected.csv")
    file.write_bytes((first_line + text.replace("0", "7")).encode(encoding))
    mended = run("import", "batches", file, *options)

    assert ended.stdout == again.stdout == "1 batch: 1 refused\n"
    assert mended.stdout == "1 batch: 1 imported, 0 refused\n"
    assert not mended_file.exists()
    assert batches(sqlite_url) == [("bö", "LAMP", 7, "")]
