"""`--dry-run`: a command tells what it would do, and changes nothing."""

import json
from pathlib import Path

import pytest

from allocation.entrypoints.cli.importing import dry_runs as import_dry_runs
from tests.integration.cli.conftest import Run
from tests.support.commands import Dialect
from tests.support.files import BATCH_COLUMNS, a_file, lines_for
from tests.support.ledger import read_ledger
from tests.support.requests import a_move

NOTHING = "This was a dry run: nothing has been changed."


@pytest.fixture
def busy(stocked: Run, tmp_path: Path) -> Run:
    """Ten of the lamps are promised to o1 to o10, and o11 waits for 200."""
    assert stocked("import", "orders", a_file(tmp_path, *lines_for("LAMP", 10))).returncode == 0
    line = ("send", "AllocationRequired", "orderid=o11", "sku=LAMP", "qty=200")
    assert json.loads(stocked(*line).stdout)["batchref"] is None
    return stocked


COMMANDS: dict[str, tuple[str, ...]] = {
    "send": ("send", "BatchQuantityChanged", "ref=b1", "qty=0", "--dry-run"),
    "send with a key": ("send", "BatchCreated", "ref=b9", "sku=X", "qty=1", "--id=k", "--dry-run"),
    "set-quantity": ("set-quantity", "b1", "0", "--dry-run"),
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_it_changes_nothing(busy: Run, sqlite_url: str, words: tuple[Dialect, ...]) -> None:
    before, log = read_ledger(sqlite_url), busy("log", "unfinished").stdout

    ended = busy(*words)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert read_ledger(sqlite_url) == before
    assert busy("log", "unfinished").stdout == log


def test_send_prints_the_body_of_the_http_response(busy: Run) -> None:
    ended = busy("send", "BatchCreated", "ref=b9", "sku=LAMP", "qty=200", "--dry-run")
    moved = a_move("o11", None, "b9", 200)
    answer = {"batchref": "b9", "moved": [moved], "dry_run": True, "complete": True}
    assert json.loads(ended.stdout) == answer


def test_send_with_a_key_that_was_used_prints_the_recorded_answer(stocked: Run) -> None:
    line = ("send", "AllocationRequired", "orderid=o1", "sku=LAMP", "qty=7", "--id", "k1")
    first = stocked(*line)
    stocked("set-quantity", "b1", "0")
    assert stocked(*line, "--dry-run").stdout == first.stdout


def test_set_quantity_lists_the_lines_that_would_move(busy: Run) -> None:
    ended = busy("set-quantity", "b1", "9", "--dry-run")
    assert ended.stdout.splitlines() == [
        "b1 would hold 9.",
        "1 order line would move: 1 reallocated.",
        "order  sku   qty  from  to  due before  due now   ",
        "o10    LAMP    1  b1    b2  in stock    2030-01-01",
        NOTHING,
    ]
    assert busy("set-quantity", "b1", "50", "--dry-run").stdout.splitlines() == [
        "b1 would hold 50.",
        "Nothing else would move.",
        NOTHING,
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("set-quantity", "none", "1"), 1),
        (("set-quantity", "b1", "-1"), 1),
        (("send", "BatchCreated", "ref=b1", "sku=LAMP", "qty=1"), 1),
    ],
)
def test_a_refusal_is_that_of_the_command_itself(
    stocked: Run, words: tuple[Dialect, ...], code: int
) -> None:
    dry, real = stocked(*words, "--dry-run"), stocked(*words)
    assert dry.returncode == code
    assert dry == real


def test_a_mistyped_option_changes_nothing(stocked: Run, sqlite_url: str) -> None:
    before = read_ledger(sqlite_url)
    assert stocked("set-quantity", "b1", "1", "--dryrun").returncode == 2
    assert read_ledger(sqlite_url) == before


class TestImport:
    def test_counts_the_rows_as_an_import_does(
        self, stocked: Run, sqlite_url: str, tmp_path: Path
    ) -> None:
        before = read_ledger(sqlite_url)
        lines = (*lines_for("LAMP", 120), "o1,LAMP,1", "o2,LAMP,2", "o3,NONE,1", "o4,LAMP,x")
        file = a_file(tmp_path, *lines)

        dry = stocked("import", "orders", file, "--dry-run")

        assert read_ledger(sqlite_url) == before
        real = stocked("import", "orders", file)
        assert dry.returncode == real.returncode == 1
        assert dry.stdout == f"{real.stdout}{NOTHING}\n"
        assert "110 allocated, 10 waiting, 1 repeated in the file, 3 refused" in real.stdout

    def test_lists_the_waiting_lines_that_new_batches_would_serve(
        self, busy: Run, tmp_path: Path
    ) -> None:
        file = a_file(tmp_path, "b9,LAMP,200,", header=BATCH_COLUMNS)
        ended = busy("import", "batches", file, "--dry-run")
        assert ended.stdout.splitlines() == [
            "1 batch: 1 imported, 0 refused",
            "order  sku   qty  from     to  due before  due now ",
            "o11    LAMP  200  waiting  b9              in stock",
            NOTHING,
        ]

    def test_needs_no_database_and_makes_none(self, run: Run, tmp_path: Path) -> None:
        file = a_file(tmp_path, "b9,LAMP,200,", header=BATCH_COLUMNS)
        url = f"sqlite:///{tmp_path}/new.db"
        ended = run("import", "batches", file, "--dry-run", "--database", url)
        assert ended.stdout.splitlines() == ["1 batch: 1 imported, 0 refused", NOTHING]
        assert not [path for path in tmp_path.iterdir() if path.name.startswith("new.db")]

    def test_ends_at_the_limit_and_says_so(
        self, stocked: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(import_dry_runs, "MOST_IN_DRY_RUN", 5)
        file = a_file(tmp_path, *lines_for("LAMP", 6))
        ended = stocked("import", "orders", file, "--dry-run")
        assert ended.stdout.splitlines() == [
            "5 order lines: 5 allocated, 0 refused",
            "There is more: a dry run ends at 10,000 messages of one kind.",
            NOTHING,
        ]


def test_a_command_without_a_database_still_needs_one(run: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert run("set-quantity", "b1", "1", "--dry-run", "--database", url).returncode == 2
