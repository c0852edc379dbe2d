"""`import batches --update`: the batches become what the count says, and nothing else changes."""

from pathlib import Path

import pytest

from allocation.entrypoints.cli.importing import dry_runs as import_dry_runs
from tests.integration.cli.conftest import Run
from tests.support.files import BATCH_COLUMNS, a_file, lines_for
from tests.support.ledger import read_ledger

YESTERDAY = (
    *("b1,LAMP,50,", "b2,LAMP,30,2030-01-01", "b3,SOFA,40,", "b4,SOFA,10,2030-02-01"),
    *("b5,SOFA,1,", "b6,BED,7,"),
)
TODAY = (
    *("b1,LAMP,20,", "b2,LAMP,30,2030-03-01", "b3,SOFA,0,", "b4,SOFA,12,"),
    *("b5,SOFA,1,", "b7,BED,9,2030-01-05"),
)
NOTHING = "This was a dry run: nothing has been changed."


@pytest.fixture
def counted(run: Run, tmp_path: Path) -> Run:
    """The batches of yesterday, and 40 order lines for a lamp and 20 for a sofa."""
    batches = a_file(tmp_path, *YESTERDAY, header=BATCH_COLUMNS)
    assert run("import", "batches", batches).returncode == 0
    for sku, count, first in (("LAMP", 40, 1), ("SOFA", 20, 101)):
        lines = a_file(tmp_path, *lines_for(sku, count, first))
        assert run("import", "orders", lines).returncode == 0
    return run


def a_count(folder: Path, *rows: str, header: str = BATCH_COLUMNS) -> Path:
    return a_file(folder, *rows, header=header)


def quantities(url: str) -> dict[str, tuple[int, str]]:
    """The quantity and the date of each batch."""
    return {
        str(batch["reference"]): (int(batch["purchased_quantity"]), str(batch["eta"]))
        for batch in read_ledger(url).batches
    }


def test_the_batches_become_what_the_count_says(
    counted: Run, sqlite_url: str, tmp_path: Path
) -> None:
    ended = counted("import", "batches", a_count(tmp_path, *TODAY), "--update")

    assert ended.returncode == 0
    assert ended.stdout.splitlines()[:11] == [
        "6 batches: 4 changed, 1 new, 1 same, 0 refused",
        "batch  sku   qty before  qty now  eta before  eta now   ",
        "b1     LAMP          50       20  in stock    in stock  ",
        "b2     LAMP          30       30  2030-01-01  2030-03-01",
        "b3     SOFA          40        0  in stock    in stock  ",
        "b4     SOFA          10       12  2030-02-01  in stock  ",
        "b7     BED          new        9              2030-01-05",
        "Missing from the file, and not touched: 1 batch.",
        "batch  sku  qty  eta     ",
        "b6     BED    7  in stock",
        "42 order lines moved: 2 allocated, 31 reallocated, 9 waiting.",
    ]
    assert quantities(sqlite_url) == {
        "b1": (20, "None"),
        "b2": (30, "2030-03-01"),
        "b3": (0, "None"),
        "b4": (12, "None"),
        "b5": (1, "None"),
        "b6": (7, "None"),
        "b7": (9, "2030-01-05"),
    }
    assert counted("verify").returncode == 0
    assert "import rows.csv" in counted("explain", "o101").stdout


def test_a_second_count_of_the_same_changes_nothing(
    counted: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file = a_count(tmp_path, *TODAY)
    counted("import", "batches", file, "--update")
    state = read_ledger(sqlite_url)

    ended = counted("import", "batches", file, "--update")

    assert ended.stdout.splitlines() == [
        "6 batches: 6 same, 0 refused",
        "Missing from the file, and not touched: 1 batch.",
        "batch  sku  qty  eta     ",
        "b6     BED    7  in stock",
        "Nothing else moved.",
    ]
    assert read_ledger(sqlite_url) == state


def test_a_dry_run_says_the_same_and_changes_nothing(
    counted: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file, state = a_count(tmp_path, *TODAY), read_ledger(sqlite_url)

    dry = counted("import", "batches", file, "--update", "--dry-run")

    assert read_ledger(sqlite_url) == state
    real = counted("import", "batches", file, "--update")
    assert dry.stdout.replace("would move", "moved") == f"{real.stdout}{NOTHING}\n"
    assert dry.stderr in real.stderr


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("b9,LAMP,0,", "qty 0 is less than 1"),
        ("b1,LAMP,-1,", "qty -1 is less than 0"),
        ("b1,LAMP,many,", "qty 'many' is not an integer"),
        ("b1,SOFA,5,", "Batch b1 already exists with sku LAMP, not SOFA"),
        ("b5,SOFA,5,", "Batch b5 is cancelled"),
        ("b2,LAMP,5,soon", "eta 'soon' is not a date, such as 2026-12-24"),
    ],
)
def test_a_row_that_cannot_be_is_refused(
    counted: Run, sqlite_url: str, tmp_path: Path, row: str, reason: str
) -> None:
    counted("cancel-batch", "b5")
    state, file = read_ledger(sqlite_url), a_count(tmp_path, row)

    ended = counted("import", "batches", file, "--update")

    assert ended.returncode == 1
    assert ended.stdout.startswith("1 batch: 1 refused\n")
    refused = file.with_name("rows.csv.rejected.csv").read_text().splitlines()[1]
    assert refused.replace('"', "") == f"2,{reason},{row}"
    assert read_ledger(sqlite_url) == state


def test_a_refused_row_is_not_missing(counted: Run, tmp_path: Path) -> None:
    file = a_count(tmp_path, *TODAY, "b6,BED,seven,")
    assert "Missing" not in counted("import", "batches", file, "--update").stdout


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
@pytest.mark.parametrize("ref", [b"#REF!", b"b6\xff", b"", b"B6"])
def test_a_batch_may_be_in_a_refused_row_that_names_no_known_one(
    counted: Run, tmp_path: Path, ref: bytes, words: tuple[str, ...]
) -> None:
    file = a_file(
        tmp_path, *TODAY, ref + b",BED,seven,", "\u00e9,BED,1,".encode(), header=BATCH_COLUMNS
    )
    encoding = ("--encoding", "utf-8")

    listed = counted("import", "batches", file, "--update", *encoding, *words).stdout.splitlines()

    start = listed.index("Missing from the file, and not touched: 1 batch.")
    assert listed[start + 1] == "That is not certain: 1 refused row names no known batch."


def test_batches_without_units_and_cancelled_ones_are_not_missing(
    counted: Run, tmp_path: Path
) -> None:
    counted("cancel-batch", "b6")
    counted("set-quantity", "b5", "0")
    file = a_count(tmp_path, *(row for row in TODAY if not row.startswith("b5")))
    assert "Missing" not in counted("import", "batches", file, "--update").stdout


def test_of_many_missing_batches_the_first_are_listed(run: Run, tmp_path: Path) -> None:
    rows = [f"m{number:04},LAMP,1," for number in range(2_500)]
    run("import", "batches", a_count(tmp_path, *rows))

    ended = run("import", "batches", a_count(tmp_path, rows[7]), "--update")

    listed = ended.stdout.splitlines()
    assert listed[:2] == [
        "1 batch: 1 same, 0 refused",
        "Missing from the file, and not touched: 2,499 batches.",
    ]
    assert [line.split()[0] for line in listed[3:23]] == [
        f"m{number:04}" for number in range(21) if number != 7
    ]
    assert listed[23] == "These are the first 20."


def test_a_reference_that_is_twice_in_the_file_is_repeated_or_refused(
    counted: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file = a_count(tmp_path, "b1,LAMP,20,", "b1,LAMP,20,", "b1,LAMP,21,")

    ended = counted("import", "batches", file, "--update")

    assert ended.stdout.startswith("3 batches: 1 changed, 1 repeated in the file, 1 refused\n")
    assert "repeated in the file: line 3\n" in ended.stderr
    refused = file.with_name("rows.csv.rejected.csv").read_text().splitlines()[1]
    assert refused.startswith("4,\"ref 'b1' is in the file before, with other values\"")
    assert quantities(sqlite_url)["b1"] == (20, "None")


def test_without_a_column_of_dates_the_dates_stay(
    counted: Run, sqlite_url: str, tmp_path: Path
) -> None:
    file = a_count(tmp_path, "b2,LAMP,25", header="ref,sku,qty")

    ended = counted("import", "batches", file, "--update")

    assert ended.stdout.startswith("1 batch: 1 changed, 0 refused\n")
    assert "has no column 'eta': dates are not compared" in ended.stderr
    assert quantities(sqlite_url)["b2"] == (25, "2030-01-01")


def test_a_dry_run_ends_at_its_limit_of_changes_and_says_so(
    counted: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_dry_runs, "MOST_IN_DRY_RUN", 2)

    dry = counted("import", "batches", a_count(tmp_path, *TODAY), "--update", "--dry-run")

    assert dry.stdout.startswith("2 batches: 2 changed, 0 refused\n")
    assert "There is more: a dry run ends at 10,000 messages" in dry.stdout
    assert "Missing" not in dry.stdout, "the file was not read to its end"
    same = a_count(tmp_path, *YESTERDAY, YESTERDAY[0])
    dry = counted("import", "batches", same, "--update", "--dry-run")
    assert dry.stdout.startswith("7 batches: 6 same, 1 repeated in the file, 0 refused\n")
    assert "There is more" not in dry.stdout


def test_many_changes_and_moves_are_counted_and_the_first_listed(run: Run, tmp_path: Path) -> None:
    rows = [f"m{number:04},LAMP,1" for number in range(150)]
    run("import", "batches", a_count(tmp_path, *rows, header="ref,sku,qty"))
    run("import", "orders", a_file(tmp_path, *lines_for("LAMP", 150)))
    fewer = [row.removesuffix("1") + "0" for row in rows]

    ended = run("import", "batches", a_count(tmp_path, *fewer, header="ref,sku,qty"), "--update")

    listed = ended.stdout.splitlines()
    assert listed[0] == "150 batches: 150 changed, 0 refused"
    assert listed[102] == "These are the first 100 of 150 changes."
    assert "150 order lines were deallocated, " in listed[103]
    assert listed[-1] == "These are the 100 that lose most."
    assert len(listed) == 206


@pytest.mark.parametrize("name", ["tab\tin the name.csv", "n" * 240, "  .csv", "a\u0301.csv"])
def test_the_name_of_the_file_is_a_reason_whatever_it_is(
    counted: Run, tmp_path: Path, name: str
) -> None:
    file = a_count(tmp_path, "b1,LAMP,0,").rename(tmp_path / name)

    ended = counted("import", "batches", file, "--update")

    assert ended.stdout.startswith("1 batch: 1 changed, 0 refused\n")
    assert "import" in counted("explain", "o1").stdout
