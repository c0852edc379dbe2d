"""What a file may look like, and what becomes of rows that cannot be."""

import os
from pathlib import Path

import pytest

from allocation.entrypoints.table_files.layout import Row
from allocation.entrypoints.table_files.line_reader import LONGEST_LINE
from tests.integration.cli.conftest import Run
from tests.support.files import BATCH_COLUMNS, LINE_COLUMNS, a_file
from tests.support.ledger import read_ledger
from tests.support.table_files import refused_rows_at

NO_INTEGERS = ("many", "", "\u0661", "1_000", "٣", "1e3", "0x10")
HEADER = "orderid,sku,qty"
ROW = "o1,LAMP,10"


@pytest.mark.parametrize(
    "text",
    [
        "orderid,sku,qty,ordered_on\no1,LAMP,10,1996-07-04\n",
        "note,qty,sku,orderid\nfragile,10,LAMP,o1\n",
        " orderid , sku , qty \n o1 , LAMP , 10 \n",
        '"orderid","sku","qty"\n"o1","LAMP","10"\n',
        *(f'"orderid", "sku","qty"\n{row}\n' for row in ('o1, "LAMP", 10, ', ' "o1",  "LAMP",10')),
        'orderid,sku,qty,note\no1,LAMP,10,"two\nlines, ""quoted"""\n',
        'orderid,sku,qty,note\no1,LAMP,10, 19" rack\n',
        f"{HEADER}\n\n{ROW}\n\n",
        f"{HEADER}\n{ROW}",
        f"{HEADER}\no1,LAMP,{'0' * 30}10\n",
        *(
            f"{first}{HEADER}\n{ROW}\n"
            for first in ("\n", ",,\n", "\ufeff", "\ufeff,,\n", "\n\n\n")
        ),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_may_be_written_in_many_ways(
    stocked: Run, sqlite_url: str, tmp_path: Path, text: str, end: str
) -> None:
    file = tmp_path / "file.csv"
    file.write_text(text, newline=end)

    ended = stocked("import", "orders", file)

    assert (ended.returncode, ended.stdout) == (0, "1 order line: 1 allocated, 0 refused\n")
    [line] = read_ledger(sqlite_url).lines
    assert (line["orderid"], line["sku"], line["qty"]) == ("o1", "LAMP", 10)


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        *(("orders", content, "is empty: it needs a header") for content in (b"", b",,\n,,\n\n")),
        (
            *("orders", b"orderid,sku\no1,LAMP\n"),
            "has no column 'qty'; it has: orderid, sku; name it: --column qty=NAME",
        ),
        ("orders", b"orderid,sku,qty,qty\no1,LAMP,1,2\n", "has more than one column 'qty'"),
        (
            "orders",
            HEADER.encode() + b"," * LONGEST_LINE,
            "has a header that is longer than 250,000 characters",
        ),
        (
            *("orders", b"\xe9\r\xff\r,"),
            "has no columns 'orderid', 'sku', 'qty'; it has: é; name them: --column orderid=NAME"
            " --column sku=NAME --column qty=NAME",
        ),
    ],
)
def test_a_file_that_is_no_such_table_is_a_wrong_call(
    stocked: Run, tmp_path: Path, kind: str, content: bytes, message: str
) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(content)

    ended = stocked("import", kind, file)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"error: {file} {message}\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("o1,LAMP,0", "qty 0 is less than 1"),
        ("o1,LAMP,-5", "qty -5 is less than 1"),
        *((f"o1,LAMP,{qty}", f"qty '{qty}' is not an integer") for qty in NO_INTEGERS),
        ("o1,LAMP,9999999999", "qty 9999999999 is more than 1,000,000,000"),
        (f"o1,LAMP,{'9' * 30}", f"qty {'9' * 20} is more than 1,000,000,000"),
        (f"o1,LAMP,-{'9' * 30}", f"qty -{'9' * 20} is less than 1"),
        (f"o1,LAMP,{'0' * 30}", "qty 0 is less than 1"),
        (",LAMP,1", "orderid '' is empty"),
        ("o1,,1", "sku '' is empty"),
        ("o1,NO-SUCH,1", "Invalid sku NO-SUCH"),
        ("o1,LAMP", "qty '' is not an integer"),
        ("o\x001,LAMP,1", "orderid 'o\\x001' has a control character (U+0000)"),
        ("o1,LAMP,1.5", "qty '1.5' is not a whole number"),
    ],
)
def test_an_invalid_row_is_refused_with_its_line_number_and_reason(
    stocked: Run, tmp_path: Path, row: str | bytes, reason: str
) -> None:
    file = a_file(tmp_path, "good-1,LAMP,1", row, "good-2,LAMP,1")

    ended = stocked("import", "orders", file)

    assert ended.returncode == 1
    assert ended.stdout == "3 order lines: 2 allocated, 1 refused\n"
    header, refused = rejected(file)
    assert header == b"line_number,reason," + LINE_COLUMNS.encode()
    message = reason.encode() if "," not in reason else f'"{reason}"'.encode()
    as_it_was = row if isinstance(row, bytes) else row.encode()
    assert refused == b"3," + message + b"," + as_it_was


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"o\xff1,LAMP,1", "orderid 'o\\udcff1' is not UTF-8 text"),
        (b"\xff\xfe,LAMP,1", "orderid '\\udcff\\udcfe' is not UTF-8 text"),
        (b"o1,K\xfcche,1", "sku 'K\\udcfcche' is not UTF-8 text"),
    ],
)
def test_a_row_that_is_not_utf8_is_refused_if_the_file_is_said_to_be(
    stocked: Run, tmp_path: Path, row: bytes, reason: str
) -> None:
    file = a_file(tmp_path, "good-1,LAMP,1", row)

    ended = stocked("import", "orders", file, "--encoding", "utf-8")

    assert ended.stdout == "2 order lines: 1 allocated, 1 refused\n"
    assert rejected(file)[1] == b"3," + reason.encode() + b"," + row


@pytest.mark.parametrize(
    "eta",
    [
        "tomorrow",
        "2030-02-30",
        "31.02.2030",
        "20261324",
        "2026-W01-1",
        "1900-01-00",
        "1899-12-31",
        "9999-12-31",
    ],
)
def test_a_date_that_cannot_be_is_refused(run: Run, tmp_path: Path, eta: str) -> None:
    file = a_file(tmp_path, f"b1,LAMP,1,{eta}", header=BATCH_COLUMNS)

    assert run("import", "batches", file).returncode == 1
    assert f"eta '{eta}' is ".encode() in rejected(file)[1]


def test_line_numbers_are_those_of_an_editor(stocked: Run, tmp_path: Path) -> None:
    note = '"a note\nof three\nlines"'
    file = a_file(tmp_path, f"o1,LAMP,1,{note}", "", "o2,LAMP,0,", header="orderid,sku,qty,note")

    stocked("import", "orders", file)

    assert rejected(file)[1].startswith(b"6,")


def test_a_header_alone_is_nothing_to_do(stocked: Run, tmp_path: Path) -> None:
    ended = stocked("import", "orders", a_file(tmp_path))

    assert (ended.returncode, ended.stdout) == (0, "0 order lines: 0 refused\n")


def test_the_refused_rows_of_before_are_gone_when_none_is_refused(
    stocked: Run, tmp_path: Path
) -> None:
    file = a_file(tmp_path, "o1,LAMP,0")
    stocked("import", "orders", file)
    assert rejected(file)

    a_file(tmp_path, "o1,LAMP,1")

    assert stocked("import", "orders", file).returncode == 0
    assert not beside(file).exists()


def test_refused_rows_go_to_the_chosen_file(stocked: Run, tmp_path: Path) -> None:
    file, wanted = a_file(tmp_path, "o1,LAMP,0"), tmp_path / "wanted.csv"

    ended = stocked("import", "orders", file, "--rejected", wanted)

    assert wanted.read_text().splitlines()[1] == "2,qty 0 is less than 1,o1,LAMP,0"
    assert str(wanted) in ended.stderr
    assert not beside(file).exists()


def test_beside_a_file_that_others_keep_nothing_is_written(
    stocked: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = a_file(tmp_path, "o1,LAMP,0")
    # Not by taking the right away: the tests may be run by root, whom that does not stop.
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: may(path, mode) and path != tmp_path)

    stocked("import", "orders", file)

    assert not beside(file).exists()
    assert (tmp_path / "here" / "rows.csv.rejected.csv").exists()


def beside(file: Path) -> Path:
    """Where the refused rows of a file go."""
    return file.with_name(f"{file.name}.rejected.csv")


def rejected(file: Path) -> list[bytes]:
    """The lines of that file."""
    return beside(file).read_bytes().splitlines()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("rows.csv", "it is the imported file itself"),
        *((name, "it is another kind of file") for name in ("notes.txt", "empty", "allocation.db")),
        *((name, "it is not a regular file") for name in ("pipe", "/dev/null", "folder")),
        ("no/refused.csv", "its directory does not exist"),
    ],
)
def test_refused_rows_never_take_the_place_of_anything_else(
    stocked: Run, tmp_path: Path, name: str, reason: str
) -> None:
    file = a_file(tmp_path, "o1,LAMP,1", "o2,LAMP,none")
    (tmp_path / "notes.txt").write_text("precious")
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}

    ended = stocked("import", "orders", file, "--rejected", tmp_path / name)

    assert ended.returncode == 2
    assert f"refused rows cannot go to {tmp_path / name}: {reason}" in ended.stderr
    assert {path.name: path.stat().st_ino for path in tmp_path.iterdir()} == before
    assert "Unknown order o1" in stocked("show", "order", "o1").stderr, "nothing was taken in"


def test_an_open_quote_swallows_no_other_row(stocked: Run, tmp_path: Path) -> None:
    file = tmp_path / "quotes.csv"
    rows = ["o1,LAMP,1,fine", 'o2,LAMP,1,"open', "o3,LAMP,1,x", 'o4,LAMP,1,"closed"', "o5,LAMP,1,y"]
    file.write_text("\n".join(["orderid,sku,qty,note", *rows, 'o6,LAMP,1,"two\nlines"', ""]))

    ended = stocked("import", "orders", file)

    assert ended.stdout.startswith("6 order lines: 5 allocated, 1 refused")
    assert ended.returncode == 1
    assert rejected(file)[1].startswith(b'3,"is not CSV: ')
    assert b'"o2,LAMP,1,""open"' in rejected(file)[1]
    for orderid in ("o1", "o3", "o4", "o5", "o6"):
        assert stocked("show", "order", orderid).returncode == 0


def test_an_open_quote_in_the_last_line_is_refused(stocked: Run, tmp_path: Path) -> None:
    file = tmp_path / "quotes.csv"
    file.write_text('orderid,sku,qty,note\no1,LAMP,1,"open\n')

    assert stocked("import", "orders", file).stdout == "1 order line: 1 refused\n"


def test_a_comma_too_many_is_refused(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "o1,LAMP,1,000", "o2,LAMP,1,,")

    assert stocked("import", "orders", file).stdout == "2 order lines: 1 allocated, 1 refused\n"
    assert b"has 4 cells, but the header has 3" in rejected(file)[1]


def test_the_refused_rows_of_a_command_that_was_killed_are_known_as_such(tmp_path: Path) -> None:
    """It could else not be run again: nothing else is ever replaced."""
    path = tmp_path / "refused.csv"
    with refused_rows_at(path) as killed:
        killed.add(Row(2, ["o1"], None), "is refused")
        with refused_rows_at(path):
            assert path.read_text() == "line_number,reason,orderid\n"
        assert not path.exists()
