"""What is probably a mistake in a file is told, and refuses nothing."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.files import BATCH_COLUMNS, LINE_COLUMNS, a_file


def warnings(stderr: str) -> list[str]:
    return [
        line.removeprefix("warning: ") for line in stderr.splitlines() if line[:8] == "warning:"
    ]


@pytest.mark.parametrize(
    ("header", "rows", "warning"),
    [
        (
            BATCH_COLUMNS,
            ["b8,lamp,5,", "b9,lamp,5,"],
            "1 sku differs from another one in case only: lamp instead of LAMP (line 2)",
        ),
        (
            BATCH_COLUMNS,
            ["b7,Stuhl-Ü,5,", "b8,STUHL-ü,5,", "b9,Lamp,1,"],
            "2 skus differ from others in case only: STUHL-ü instead of Stuhl-Ü (line 3), "
            "Lamp instead of LAMP (line 4)",
        ),
        (
            BATCH_COLUMNS,
            ["b8,BED,5,2020-01-01", "b9,BED,5,2030-01-01"],
            "1 date is in the past: 2020-01-01 (line 2)",
        ),
        (
            f"{LINE_COLUMNS},required_by",
            ["o1,LAMP,5,2099-01-01", "o2,LAMP,5,"],
            "1 date is more than five years ahead: 2099-01-01 (line 2)",
        ),
    ],
)
def test_what_is_probably_a_mistake_is_told(
    stocked: Run, tmp_path: Path, header: str, rows: list[str], warning: str
) -> None:
    kind = "orders" if header.startswith("orderid") else "batches"
    file = a_file(tmp_path, *rows, header=header)

    dry = stocked("import", kind, file, "--dry-run")
    ended = stocked("import", kind, file)

    assert ended.returncode == 0
    assert warnings(ended.stderr) == warnings(dry.stderr) == [warning]
    assert warnings(stocked("import", kind, file).stderr) == [], "what is known is not told again"


def test_an_order_for_a_sku_in_another_case_is_refused_with_the_name_of_the_product(
    stocked: Run, tmp_path: Path
) -> None:
    file = a_file(tmp_path, "o1,Lamp,5")
    for _ in range(2):
        ended = stocked("import", "orders", file)
        assert ended.returncode == 1
        assert warnings(ended.stderr) == [
            "1 sku differs from another one in case only: Lamp instead of LAMP (line 2)"
        ]


def test_a_row_that_is_refused_has_no_odd_date(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "b1,LAMP,7,2020-01-01", header=BATCH_COLUMNS)
    assert warnings(stocked("import", "batches", file).stderr) == []


@pytest.mark.parametrize(
    ("qty", "is_odd"), [(800, True), (1_009, True), (1_250, True), (1_251, False), (799, False)]
)
def test_a_quantity_of_about_ten_times_the_last_count_is_told(
    stocked: Run, tmp_path: Path, qty: int, is_odd: bool
) -> None:
    file = a_file(tmp_path, f"b1,LAMP,{qty},", header=BATCH_COLUMNS)
    ended = stocked("import", "batches", file, "--update")
    warning = f"1 quantity is about ten times the last count: b1 {qty} after 100 (line 2)"
    assert warnings(ended.stderr) == ([warning] if is_odd else [])


def test_a_quantity_after_none_is_not_odd(stocked: Run, tmp_path: Path) -> None:
    stocked("set-quantity", "b1", "0")
    file = a_file(tmp_path, "b1,LAMP,7,", header=BATCH_COLUMNS)
    assert warnings(stocked("import", "batches", file, "--update").stderr) == []


def test_a_shipment_that_becomes_stock_because_its_date_is_empty_is_told(
    stocked: Run, tmp_path: Path
) -> None:
    file = a_file(tmp_path, "b1,LAMP,100,", "b2,LAMP,10,", header=BATCH_COLUMNS)
    dry = stocked("import", "batches", file, "--update", "--dry-run")
    for expected in (["1 shipment becomes stock: b2 due 2030-01-01 (line 3)"], []):
        ended = stocked("import", "batches", file, "--update")
        assert warnings(ended.stderr) == expected
    assert warnings(dry.stderr) == ["1 shipment becomes stock: b2 due 2030-01-01 (line 3)"]


def test_a_changed_date_in_the_past_is_told(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "b2,LAMP,10,2020-01-01", header=BATCH_COLUMNS)
    for expected in (["1 date is in the past: 2020-01-01 (line 2)"], []):
        ended = stocked("import", "batches", file, "--update")
        assert warnings(ended.stderr) == expected


def test_many_warnings_of_a_kind_are_one_with_the_first_lines(stocked: Run, tmp_path: Path) -> None:
    rows = [f"d{number},LAMP,1,2020-01-0{number}" for number in range(1, 9)]
    ended = stocked("import", "batches", a_file(tmp_path, *rows, header=BATCH_COLUMNS))
    examples = ", ".join(f"2020-01-0{number} (line {number + 1})" for number in range(1, 6))
    assert warnings(ended.stderr) == [f"8 dates are in the past: {examples}, …"]


def test_the_case_is_checked_in_files_of_shipments_too(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "o1,lamp", header="orderid,sku")
    ended = stocked("import", "shipments", file)
    assert "lamp instead of LAMP (line 2)" in warnings(ended.stderr)[0]
