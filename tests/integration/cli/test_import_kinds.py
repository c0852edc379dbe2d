"""Files of cancellations, shipments and receipts: what their rows mean."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.files import LINE_COLUMNS, a_file
from tests.support.ledger import read_ledger

NOTHING = "This was a dry run: nothing has been changed."


@pytest.fixture
def ordered(stocked: Run, tmp_path: Path) -> Run:
    """o1 to o3 have lamps from stock, o2 has two lines, and o4 waits for 50."""
    rows = ("o1,LAMP,10,", "o2,LAMP,10,a", "o2,LAMP,10,b", "o3,LAMP,60,", "o4,LAMP,50,")
    file = a_file(tmp_path, *rows, header=f"{LINE_COLUMNS},line")
    assert stocked("import", "orders", file).returncode == 0
    return stocked


def refused(file: Path) -> list[str]:
    """The line numbers and reasons of the refused rows."""
    rejected = file.with_name(f"{file.name}.rejected.csv").read_text().splitlines()
    return [line.replace('"', "") for line in rejected[1:]]


def test_a_cancellation_is_one_of_a_line_or_of_a_whole_order(ordered: Run, tmp_path: Path) -> None:
    rows = ("o1,LAMP,,", "o2,LAMP,a,changed her mind", "o3,,,")
    file = a_file(tmp_path, *rows, header="orderid,sku,line,reason")

    ended = ordered("import", "cancellations", file)

    assert (ended.returncode, ended.stdout.splitlines()[0]) == (
        0,
        "3 cancellations: 3 cancelled, 0 refused",
    )
    assert "60  cancelled" in ordered("show", "order", "o3").stdout
    states = ordered("show", "order", "o2").stdout.splitlines()
    assert ["cancelled" in state for state in states[1:]] == [True, False]
    assert "changed her mind" in ordered("explain", "o2").stdout
    assert "allocated" in ordered("show", "order", "o4").stdout, "its units are there now"


def test_a_shipment_is_one_of_units_or_of_a_whole_order(ordered: Run, tmp_path: Path) -> None:
    rows = ("LAMP,b1,o1,,4,late truck", "LAMP,,o2,b,10,", ",,o3,,,")
    file = a_file(tmp_path, *rows, header="sku,ref,orderid,line,qty,reason")

    ended = ordered("import", "shipments", file)

    assert (ended.returncode, ended.stdout.splitlines()[0]) == (
        0,
        "3 shipments: 3 shipped, 0 refused",
    )
    assert "4  shipped" in ordered("show", "order", "o1").stdout
    assert "60  shipped" in ordered("show", "order", "o3").stdout
    assert ordered("verify").returncode == 0


def test_a_receipt_is_one_of_a_shipment_or_of_a_part_of_it(stocked: Run, tmp_path: Path) -> None:
    batches = a_file(tmp_path, "b3,LAMP,20,2030-01-01", header="ref,sku,qty,eta")
    stocked("import", "batches", batches)
    file = a_file(tmp_path, "b2,,,", "b3,5,b3a,first truck", header="ref,qty,new_ref,reason")

    ended = stocked("import", "receipts", file)

    assert (ended.returncode, ended.stdout.splitlines()[0]) == (
        0,
        "2 receipts: 2 received, 0 refused",
    )
    shown = stocked("show", "sku", "LAMP").stdout
    assert [line.split()[:4] for line in shown.splitlines()[2:]] == [
        ["b1", "in", "stock", "100"],
        ["b2", "in", "stock", "10"],
        ["b3a", "in", "stock", "5"],
        ["b3", "2030-01-01", "15", "0"],
    ]


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (
            "cancellations",
            ("orderid,sku,line", "o1,,a"),
            "sku '' is empty, but line is for one line",
        ),
        ("cancellations", ("orderid", "o9"), "Unknown order o9"),
        ("cancellations", ("orderid,sku", "o2,LAMP"), "has several lines for LAMP"),
        ("shipments", ("orderid,sku,qty", "o1,,5"), "sku '' is empty, but qty is for one line"),
        ("shipments", ("orderid,sku,ref", "o1,,b1"), "sku '' is empty, but ref is for one line"),
        (
            *("shipments", ("orderid,sku,qty", "o1,LAMP,")),
            "qty '' is empty: say how many, or leave the column out",
        ),
        ("shipments", ("orderid,sku,qty", "o1,LAMP,0"), "qty 0 is less than 1"),
        ("shipments", ("orderid,sku,qty", "o1,LAMP,x"), "qty 'x' is not an integer"),
        ("shipments", ("orderid", "o4"), "50 cannot be shipped: 0 in stock"),
        ("receipts", ("ref,qty", "b2,5"), "new_ref '' is empty, but the units of a part need"),
        ("receipts", ("ref,new_ref", "b2,b9"), "qty '' is empty, but new_ref names the batch"),
        ("receipts", ("ref,qty,new_ref", "b1,5,b9"), "Batch b1 is in the warehouse already"),
        ("receipts", ("ref", "b9"), "Unknown batch b9"),
        ("receipts", ("ref,id", "b2, x\x01"), "id 'x\\x01' has a control character"),
    ],
)
def test_a_row_that_the_rules_do_not_allow_is_refused(
    ordered: Run, sqlite_url: str, tmp_path: Path, kind: str, text: tuple[str, str], reason: str
) -> None:
    header, row = text
    state = read_ledger(sqlite_url).state
    file = a_file(tmp_path, row, header=header)

    ended = ordered("import", kind, file)

    assert ended.returncode == 1
    assert ended.stdout.splitlines()[0] == f"1 {kind[:-1]}: 1 refused"
    assert refused(file)[0].startswith("2,")
    assert reason in refused(file)[0]
    assert read_ledger(sqlite_url).state == state


@pytest.mark.parametrize(
    ("kind", "header", "rows"),
    [
        ("cancellations", "orderid", ["o3"]),
        ("shipments", "orderid,sku,ref,qty", ["o1,LAMP,b1,4", "o3,,,", "o4,,,"]),
        ("receipts", "ref", ["b2", "b9"]),
    ],
)
def test_a_dry_run_tells_the_same_and_changes_nothing(
    ordered: Run, sqlite_url: str, tmp_path: Path, kind: str, header: str, rows: list[str]
) -> None:
    state, file = read_ledger(sqlite_url), a_file(tmp_path, *rows, header=header)

    dry = ordered("import", kind, file, "--dry-run")

    assert read_ledger(sqlite_url) == state
    assert dry.stdout.endswith(f"{NOTHING}\n")
    real = ordered("import", kind, file)
    assert dry.stdout.splitlines()[0] == real.stdout.splitlines()[0]
    assert dry.returncode == real.returncode
    again = ordered("import", kind, file, "--dry-run")
    assert again.stdout.splitlines()[:2] == [
        real.stdout.splitlines()[0]
        .replace("cancelled", "already known")
        .replace("shipped", "already known")
        .replace("received", "already known"),
        "Nothing else would move.",
    ]


def test_a_dry_run_lists_the_order_lines_that_would_move(ordered: Run, tmp_path: Path) -> None:
    dry = ordered("import", "cancellations", a_file(tmp_path, "o3", header="orderid"), "--dry-run")

    assert dry.stdout.splitlines() == [
        "1 cancellation: 1 cancelled, 0 refused",
        "1 order line would move: 1 allocated.",
        "order  sku   qty  from     to  due before  due now ",
        "o4     LAMP   50  waiting  b1              in stock",
        NOTHING,
    ]


@pytest.mark.parametrize(
    ("kind", "header", "row"),
    [("cancellations", "orderid", "o3"), ("receipts", "ref", "b2"), ("shipments", "orderid", "o1")],
)
def test_a_run_lists_the_lines_and_days_that_its_dry_run_does(
    ordered: Run, tmp_path: Path, kind: str, header: str, row: str
) -> None:
    for orderid in ("o5", "o6"):
        ordered("send", "AllocationRequired", f"orderid={orderid}", "sku=LAMP", "qty=10")
    file = a_file(tmp_path, row, header=header)
    dry = ordered("import", kind, file, "--dry-run").stdout

    real = ordered("import", kind, file).stdout

    assert dry.replace("would move", "moved") == f"{real}{NOTHING}\n"
    expected = {"cancellations": "o4", "receipts": "2030-01-01", "shipments": "Nothing else moved."}
    assert expected[kind] in real
    assert ("1 promised date moved" in real) == (kind == "receipts")


def test_a_dry_run_lists_what_one_id_moves_once(ordered: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "o3,k1", "o3,k1", header="orderid,id")

    dry = ordered("import", "cancellations", file, "--dry-run")

    assert dry.stdout.splitlines()[:2] == [
        "2 cancellations: 1 cancelled, 1 repeated in the file, 0 refused",
        "1 order line would move: 1 allocated.",
    ]


@pytest.mark.parametrize(
    ("kind", "header", "row", "column", "consequence"),
    [
        ("cancellations", "orderid;Artikel", "o2;LAMP", "sku", "whole orders are cancelled"),
        ("shipments", "orderid;sku;Menge", "o1;LAMP;4", "qty", "all open units are shipped"),
        ("receipts", "ref;Menge", "b2;4", "qty", "all units of each shipment are received"),
    ],
)
def test_a_column_under_another_name_does_not_mean_everything(
    *,
    ordered: Run,
    sqlite_url: str,
    tmp_path: Path,
    kind: str,
    header: str,
    row: str,
    column: str,
    consequence: str,
) -> None:
    state, file = read_ledger(sqlite_url).state, a_file(tmp_path, row, header=header)

    ended = ordered("import", kind, file)

    assert ended.returncode == 2
    assert f"has no column '{column}', but columns that are not read" in ended.stderr
    assert read_ledger(sqlite_url).state == state
    declined = ordered("import", kind, file, f"--column={column}=")
    assert declined.returncode == 0
    plain = a_file(tmp_path, row.split(";", maxsplit=1)[0], header=header.split(";", maxsplit=1)[0])
    assert consequence in ordered("import", kind, plain).stderr


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
@pytest.mark.parametrize("kind", ["cancellations", "shipments", "receipts"])
def test_what_only_changes_stock_creates_no_database(
    run: Run, tmp_path: Path, kind: str, words: tuple[str, ...]
) -> None:
    missing = tmp_path / "mistyped.db"
    file = a_file(tmp_path, "x1", header="ref" if kind == "receipts" else "orderid")

    ended = run("import", kind, file, *words, ALLOCATION_DATABASE_URL=f"sqlite:///{missing}")

    assert ended.returncode == 2
    assert "mistyped.db" in ended.stderr
    assert not missing.exists()


def test_the_help_lists_every_kind(run: Run) -> None:
    shown = run("import", "--help").stdout
    for kind in ("batches", "orders", "cancellations", "shipments", "receipts"):
        assert f" {kind} " in shown
