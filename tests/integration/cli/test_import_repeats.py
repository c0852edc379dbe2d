"""What is new in a file, what was known before, and what the file has twice."""

from pathlib import Path

import pytest

from allocation.entrypoints.importing.line_ranges import LISTED, LineRanges
from allocation.entrypoints.importing.seen import HELD, Seen
from tests.integration.cli.conftest import Run
from tests.support.files import BATCH_COLUMNS, LINE_COLUMNS, a_file, lines_for


@pytest.mark.parametrize(
    ("kind", "header", "rows", "counts"),
    [
        (
            *("orders", LINE_COLUMNS, ["o1,LAMP,2"] * 2 + ["o2,LAMP,500"] * 3),
            "5 order lines: 1 allocated, 1 waiting, 3 repeated in the file, 0 refused",
        ),
        (
            *("batches", BATCH_COLUMNS, ["b8,LAMP,5,", "b9,LAMP,5,", "b8,LAMP,5,"]),
            "3 batches: 2 imported, 1 repeated in the file, 0 refused",
        ),
        # A valid row after a refused one is no repeat.
        (
            *("orders", LINE_COLUMNS, ["o1,LAMP,0", "o1,LAMP,1"]),
            "2 order lines: 1 allocated, 1 refused",
        ),
    ],
)
def test_a_row_that_is_twice_in_a_file_is_counted_as_repeated(
    stocked: Run, tmp_path: Path, kind: str, header: str, rows: list[str], counts: str
) -> None:
    assert stocked("import", kind, a_file(tmp_path, *rows, header=header)).stdout == f"{counts}\n"


def test_order_lines_imported_before_are_counted_as_known(stocked: Run, tmp_path: Path) -> None:
    stocked("import", "orders", a_file(tmp_path, "o1,LAMP,60", "o2,LAMP,60", "o3,LAMP,40"))

    rows = ["o0,LAMP,1", "o1,LAMP,60", "o2,LAMP,60", "o3,LAMP,40", "o3,LAMP,40", "o3,LAMP,41"]
    ended = stocked("import", "orders", a_file(tmp_path, *rows, "o4,LAMP,200"))

    assert ended.stdout == (
        "7 order lines: 1 allocated, 1 waiting, 3 already known (2 allocated, 1 waiting), "
        "1 repeated in the file, 1 refused\n"
    )


def test_batches_imported_before_are_counted_as_known(stocked: Run, tmp_path: Path) -> None:
    batches = a_file(tmp_path, "b2,LAMP,10,2030-01-01", "b3,LAMP,1,", header=BATCH_COLUMNS)

    assert stocked("import", "batches", batches).stdout == (
        "2 batches: 1 imported, 1 already known, 0 refused\n"
    )
    assert stocked("import", "batches", batches).stdout == (
        "2 batches: 2 already known, 0 refused\n"
    )


@pytest.mark.parametrize(
    ("row", "is_known"),
    [("b2,LAMP,11,2030-01-01", True), ("b2,LAMP,10,2030-01-02", True), ("b2,BED,10,", False)],
)
@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_how_to_change_batches_is_told_once(
    *, stocked: Run, tmp_path: Path, row: str, is_known: bool, words: tuple[str, ...]
) -> None:
    hint = "To change batches to what the file says: --update\n"
    file = a_file(tmp_path, row, row, header=BATCH_COLUMNS)

    ended = stocked("import", "batches", file, *words)

    assert ended.stdout.startswith("2 batches: 2 refused\n")
    assert ended.stderr.count(hint) == is_known
    assert "--update" not in stocked("import", "batches", file, "--update").stderr.split("When")[0]


@pytest.mark.parametrize("lines", [700, 5_000])
def test_repeats_are_found_across_the_portions_of_a_file(
    stocked: Run, tmp_path: Path, lines: int
) -> None:
    rows = [*lines_for("LAMP", lines)]

    ended = stocked("import", "orders", a_file(tmp_path, *rows, *rows))

    assert ended.stdout == (
        f"{2 * lines:,} order lines: 110 allocated, {lines - 110:,} waiting, "
        f"{lines:,} repeated in the file, 0 refused\n"
    )


def test_a_known_line_is_reported_with_its_current_batch(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "o1,LAMP,200")
    stocked("import", "orders", file)
    stocked("import", "batches", a_file(tmp_path, "b3,LAMP,500,", header=BATCH_COLUMNS))

    assert stocked("import", "orders", a_file(tmp_path, "o1,LAMP,200")).stdout == (
        "1 order line: 1 already known (1 allocated), 0 refused\n"
    )


def test_repeats_are_found_in_a_file_of_which_not_all_is_held() -> None:
    with Seen.nothing() as seen:
        for number in range(2 * HELD + 10):
            seen.add((f"o{number}", f"o{number // 2}"))

        assert all(f"o{number}" in seen for number in (0, 1, HELD, 2 * HELD, 2 * HELD + 9))
        assert f"o{2 * HELD + 10}" not in seen


def test_a_key_that_is_not_utf_8_is_held_on_disk_too() -> None:
    with Seen.nothing() as seen:
        seen.add(["caf\udce9", *(f"o{number}" for number in range(HELD))])

        assert "caf\udce9" in seen
        assert "caf\udcea" not in seen


def test_how_often_a_key_was_added_is_counted_on_disk_too() -> None:
    with Seen.nothing() as seen:
        for _ in range(3):
            seen.add(f"o{number}" for number in range(HELD // 2 + 1))
            seen.add(("twice", "twice"))

        assert (seen.times("o7"), seen.times("twice"), seen.times("never")) == (3, 6, 0)


def test_the_line_numbers_of_known_and_repeated_rows_are_listed(
    stocked: Run, tmp_path: Path
) -> None:
    stocked("import", "orders", a_file(tmp_path, *lines_for("LAMP", 3), "o9,LAMP,1"))
    rows = [*lines_for("LAMP", 5), "o9,LAMP,1", "o5,LAMP,1", "o1,LAMP,1"]

    ended = stocked("import", "orders", a_file(tmp_path, *rows))

    assert ended.stderr.splitlines() == [
        "already known: lines 2-4, 7",
        "repeated in the file: lines 8-9",
    ]


def test_of_many_ranges_of_lines_the_first_are_listed() -> None:
    ranges = LineRanges()
    assert not ranges
    ranges.add(2)
    assert str(ranges) == "line 2"
    for number in range(4, 1_000, 3):
        ranges.add(number)
        ranges.add(number + 1)
    text = str(ranges)
    assert text.startswith("lines 2, 4-5, 7-8, ")
    assert text.endswith("58-59, …")
    assert text.count(",") == LISTED
