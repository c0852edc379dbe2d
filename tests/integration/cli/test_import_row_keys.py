"""A row of a file of shipments takes effect once, however often the file is sent, and how."""

from pathlib import Path

import pytest

from allocation.entrypoints.importing.row_keys import LONGEST_KEY
from tests.integration.cli.conftest import Execute, Run
from tests.support.files import LINE_COLUMNS, a_file
from tests.support.ledger import read_ledger

SHIPMENTS = "orderid,sku,ref,qty,note"


@pytest.fixture
def ordered(stocked: Run, tmp_path: Path) -> Run:
    """Two orders of 30 lamps, which are allocated to b1."""
    file = a_file(tmp_path, "o1,LAMP,30", "o2,LAMP,30", header=LINE_COLUMNS)
    assert stocked("import", "orders", file).returncode == 0
    return stocked


def shipped(url: str, orderid: str) -> int:
    lines = [line for line in read_ledger(url).lines if line["orderid"] == orderid]
    return sum(line["qty"] for line in lines if line["state"] == "shipped")


def test_a_file_that_is_sent_again_ships_nothing_again(
    ordered: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file = a_file(tmp_path, "o1,LAMP,b1,4,", "o2,LAMP,b1,4,", header=SHIPMENTS)
    ordered("import", "shipments", file)

    ended = ordered("import", "shipments", file)

    assert ended.stdout.splitlines()[0] == "2 shipments: 2 already known, 0 refused"
    assert "already known: lines 2-3" in ended.stderr
    assert (shipped(sqlite_url, "o1"), shipped(sqlite_url, "o2")) == (4, 4)


@pytest.mark.parametrize(
    "rows",
    [
        ["o2,LAMP,b1,5,", "o1,LAMP,b1,4,"],  # another order, and a new row
        ["o1,LAMP,b1,4,,", "o2,LAMP,b1,5"],  # empty cells, as a spreadsheet adds and drops them
        [" o1 ,LAMP, b1,4 ,", "o2,LAMP,b1,5,"],
    ],
)
def test_rows_of_an_edited_file_are_recognised(
    ordered: Run, sqlite_url: str, tmp_path: Path, rows: list[str]
) -> None:
    ordered("import", "shipments", a_file(tmp_path, "o1,LAMP,b1,4,", header=SHIPMENTS))

    ended = ordered("import", "shipments", a_file(tmp_path, *rows, header=SHIPMENTS))

    assert ended.stdout.splitlines()[0] == "2 shipments: 1 shipped, 1 already known, 0 refused"
    assert (shipped(sqlite_url, "o1"), shipped(sqlite_url, "o2")) == (4, 5)


def test_equal_rows_of_one_file_are_all_meant(
    ordered: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file = a_file(tmp_path, *["o1,LAMP,b1,4,"] * 3, header=SHIPMENTS)

    assert (
        ordered("import", "shipments", file).stdout.splitlines()[0]
        == "3 shipments: 3 shipped, 0 refused"
    )
    again = a_file(tmp_path, *["o1,LAMP,b1,4,"] * 4, header=SHIPMENTS)
    ended = ordered("import", "shipments", again)

    assert ended.stdout.splitlines()[0] == "4 shipments: 1 shipped, 3 already known, 0 refused"
    assert shipped(sqlite_url, "o1") == 16


def test_a_column_that_is_not_read_distinguishes_rows(
    ordered: Run, sqlite_url: str, tmp_path: Path
) -> None:
    for note in ("delivery note 1", "delivery note 2"):
        file = a_file(tmp_path, f"o1,LAMP,b1,4,{note}", header=SHIPMENTS)
        assert ordered("import", "shipments", file).stdout.startswith("1 shipment: 1 shipped")
    assert shipped(sqlite_url, "o1") == 8


def test_an_id_distinguishes_rows_and_is_the_idempotency_key_of_a_command(
    ordered: Run, sqlite_url: str, tmp_path: Path
) -> None:
    rows = ("k1,o1,LAMP,b1,4", "k2,o1,LAMP,b1,4", "k1,o1,LAMP,b1,4", "k2,o1,LAMP,b1,5")
    file = a_file(tmp_path, *rows, header="id,orderid,sku,ref,qty")

    ended = ordered("import", "shipments", file)

    assert (
        ended.stdout.splitlines()[0] == "4 shipments: 2 shipped, 1 repeated in the file, 1 refused"
    )
    assert "repeated in the file: line 4" in ended.stderr
    assert "not read" not in ended.stderr
    refused = file.with_name("rows.csv.rejected.csv").read_text().splitlines()[1]
    assert refused.startswith("5,")
    assert "k2" in refused.split(",")[1]
    again = ordered("ship", "o1", "LAMP", "--qty=4", "--from=b1", "--id=k1").stdout
    assert again.startswith("The key k1 was used before")
    assert shipped(sqlite_url, "o1") == 8


def test_a_refused_row_is_tried_again_and_then_takes_effect_once(
    ordered: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file = a_file(tmp_path, "o3,LAMP,b1,4,", header=SHIPMENTS)
    for _ in range(3):
        assert (
            ordered("import", "shipments", file).stdout.splitlines()[0] == "1 shipment: 1 refused"
        )
    ordered("send", "AllocationRequired", "orderid=o3", "sku=LAMP", "qty=30")

    assert (
        ordered("import", "shipments", file).stdout.splitlines()[0]
        == "1 shipment: 1 shipped, 0 refused"
    )

    assert ordered("import", "shipments", file).stdout.splitlines()[0] == (
        "1 shipment: 1 already known, 0 refused"
    )
    assert shipped(sqlite_url, "o3") == 4


@pytest.mark.parametrize("refusals", [1, 3, 9])
def test_a_row_is_done_once_although_its_refusals_are_gone_from_the_log(
    *, ordered: Run, sqlite_url: str, tmp_path: Path, execute: Execute, refusals: int
) -> None:
    file = a_file(tmp_path, "o3,LAMP,b1,4,", header=SHIPMENTS)
    for _ in range(refusals):
        ordered("import", "shipments", file)
    ordered("send", "AllocationRequired", "orderid=o3", "sku=LAMP", "qty=30")
    ordered("import", "shipments", file)
    old = " AND id NOT LIKE '%(attempt%'" if refusals == 9 else ""
    execute(f"DELETE FROM messages WHERE refusal IS NOT NULL{old}")

    ended = ordered("import", "shipments", file)

    assert ended.stdout.splitlines()[0] == "1 shipment: 1 already known, 0 refused"
    assert shipped(sqlite_url, "o3") == 4


def test_the_refused_rows_are_mended_and_sent_again(
    ordered: Run, sqlite_url: str, tmp_path: Path
) -> None:
    rows = ("o1,LAMP,b1,4,typo", "o9,LAMP,b1,4,unknown", "o2,LAMP,b1,none,odd")
    file = a_file(tmp_path, *rows, header="orderid,sku,ref,qty,reason")
    ordered("import", "shipments", file)
    rejected = file.with_name("rows.csv.rejected.csv")
    mended = rejected.read_text().replace("none", "5")
    rejected.write_text(mended)

    ended = ordered("import", "shipments", rejected)

    assert ended.stdout.splitlines()[0] == "2 shipments: 1 shipped, 1 refused"
    assert shipped(sqlite_url, "o2") == 5
    assert "odd" in ordered("explain", "o2").stdout, "the reason of the row, not of the refusal"
    twice = rejected.with_name("rows.csv.rejected.csv.rejected.csv")
    ordered("send", "AllocationRequired", "orderid=o9", "sku=LAMP", "qty=30")
    assert (
        ordered("import", "shipments", twice).stdout.splitlines()[0]
        == "1 shipment: 1 shipped, 0 refused"
    )
    ended = ordered("import", "shipments", file)
    assert ended.stdout.splitlines()[0] == "3 shipments: 2 already known, 1 refused", (
        "but the row as it was"
    )
    assert (shipped(sqlite_url, "o1"), shipped(sqlite_url, "o9")) == (4, 4)


def test_a_row_whose_bytes_are_no_text_has_a_key_too(
    ordered: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file = a_file(tmp_path, b"o1,LAMP,b1,4,\xff", header=SHIPMENTS)
    for word in ("shipped", "already known"):
        assert (
            ordered("import", "shipments", file).stdout.splitlines()[0]
            == f"1 shipment: 1 {word}, 0 refused"
        )
    assert shipped(sqlite_url, "o1") == 4


def test_a_long_id_is_a_key_too(ordered: Run, sqlite_url: str, tmp_path: Path) -> None:
    id, header = "k" * LONGEST_KEY, "id,orderid,sku,ref,qty"
    file = a_file(tmp_path, f"{id},o1,LAMP,b1,4", f"{id}k,o1,LAMP,b1,4", header=header)
    for word in ("shipped", "already known"):
        assert (
            ordered("import", "shipments", file).stdout.splitlines()[0]
            == f"2 shipments: 1 {word}, 1 refused"
        )
    assert shipped(sqlite_url, "o1") == 4


def test_the_same_row_in_a_file_of_another_kind_is_another_row(
    ordered: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file = a_file(tmp_path, "o1", "o2", header="orderid")
    ordered("import", "cancellations", a_file(tmp_path, "o1", header="orderid"))

    a_file(tmp_path, "o1", "o2", header="orderid")
    ended = ordered("import", "shipments", file)

    assert ended.stdout.splitlines()[0] == "2 shipments: 1 shipped, 1 refused"
    assert (shipped(sqlite_url, "o1"), shipped(sqlite_url, "o2")) == (0, 30)
