"""`allocation log`: what it says, and how it ends."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from allocation.entrypoints.users import command_sender
from tests.integration.cli.conftest import Execute, Run
from tests.support.ledger import read_ledger

KEEP = "ALLOCATION_KEEP_DAYS"


@pytest.fixture
def aged(stocked: Run, execute: Execute) -> Run:
    """Two batches of 30 days ago, of which the last message is of 20 hours ago."""
    execute("UPDATE messages SET at = datetime(at, '-30 days')")
    assert stocked("set-quantity", "b1", "90").returncode == 0
    execute("UPDATE messages SET at = datetime(at, '-20 hours') WHERE seq > 2")
    return stocked


def test_unfinished_messages_are_listed(stocked: Run, execute: Execute) -> None:
    assert stocked("log", "unfinished").stdout == "Every message is finished.\n"
    stocked("set-quantity", "b1", "90")
    execute(
        "UPDATE messages SET status = 'pending', attempts = 2, error = 'OSError: [no] road',"
        " due = datetime('now', '+4 minutes') WHERE type = 'BatchQuantityChanged'"
    )
    ended = stocked("log", "unfinished")
    header, row = ended.stdout.splitlines()
    columns = ["id", "message", "status", "since", "attempts", "again", "at"]
    columns += ["sender", "error"]
    assert header.split() == columns
    assert 'BatchQuantityChanged {"ref":"b1","qty":90}  pending' in row
    attempts, again_at, sender, *error = row.split()[-6:]
    assert (attempts, error) == ("2", ["OSError:", "[no]", "road"])
    assert sender == command_sender()
    due = datetime.fromisoformat(again_at) - datetime.now(UTC)
    assert timedelta(minutes=2) < due < timedelta(minutes=5)


def test_of_much_that_is_unfinished_the_first_are_listed(stocked: Run, execute: Execute) -> None:
    execute(
        "INSERT INTO messages (id, type, body, correlation_id, at, status, attempts, due,"
        " ordering_key)"
        " WITH n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 101)"
        " SELECT 'mail-' || n, 'OutOfStock', '{\"sku\":\"LAMP\"}', 'mail-' || n,"
        " '2030-01-01 10:00:00', 'outgoing', 0, '2030-01-01 10:00:00', 'LAMP' FROM n"
    )
    *rows, message = stocked("log", "unfinished").stdout.splitlines()
    assert [row.split()[0] for row in rows[1:]] == [f"mail-{n}" for n in range(1, 101)]
    assert message == "These are the first 100; there may be more."


@pytest.mark.parametrize("words", [("--keep-days", "7"), ("--keep-days", "29")])
def test_prune_counts_removed_messages(aged: Run, sqlite_url: str, words: tuple[str, ...]) -> None:
    ended = aged("log", "prune", *words)
    message = f"Removed 2 messages older than {words[1]} days.\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, message, "")
    left = [row["type"] for row in read_ledger(sqlite_url).messages]
    assert left == ["BatchQuantityChanged", "BatchQuantityAdjusted"]
    assert aged("verify").returncode == 0


def test_the_time_to_keep_may_be_a_setting_and_the_option_goes_before_it(aged: Run) -> None:
    ended = aged("log", "prune", "--keep-days", "31", **{KEEP: "1"})
    assert ended.stdout == "Removed 0 messages older than 31 days.\n"
    assert aged("log", "prune", **{KEEP: "31"}).stdout == "Removed 0 messages older than 31 days.\n"
    assert aged("log", "prune", **{KEEP: "1"}).stdout == "Removed 2 messages older than 1 day.\n"


@pytest.mark.parametrize("setting", [{}, {KEEP: ""}])
def test_without_a_time_to_keep_nothing_leaves(
    aged: Run, sqlite_url: str, setting: dict[str, str]
) -> None:
    before = read_ledger(sqlite_url)
    ended = aged("log", "prune", **setting)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "--keep-days" in ended.stderr
    assert KEEP in ended.stderr
    assert read_ledger(sqlite_url) == before


@pytest.mark.parametrize("days", ["0", "-1", "abc", "1.5", "36501"])
def test_an_invalid_number_of_days_ends_with_2(aged: Run, sqlite_url: str, days: str) -> None:
    before = read_ledger(sqlite_url)
    for ended in (aged("log", "prune", "--keep-days", days), aged("log", "prune", **{KEEP: days})):
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "--keep-days" in ended.stderr
        assert KEEP in ended.stderr
        assert "Traceback" not in ended.stderr
    assert read_ledger(sqlite_url) == before


def test_pruned_messages_are_appended_to_the_archive(
    aged: Run, sqlite_url: str, tmp_path: Path
) -> None:
    path, before = tmp_path / "archive.jsonl", read_ledger(sqlite_url).messages
    aged("log", "prune", "--keep-days", "31", "--archive", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600, "it is its owner's only"
    path.write_text("what was there\n")
    aged("log", "prune", "--keep-days", "7", "--archive", path)
    first, *lines = path.read_text().splitlines()
    assert first == "what was there"
    archived = [json.loads(line) for line in lines]
    assert [row["id"] for row in archived] == [row["id"] for row in before[:2]]
    assert json.loads(archived[0]["body"])["ref"] == "b1"
    assert archived[0].keys() == before[0].keys()
    aged("log", "prune", "--keep-days", "7", "--archive", path)
    assert path.read_text().splitlines() == [first, *lines]


@pytest.mark.parametrize(
    ("path", "reason"),
    [("no-such/archive", "No such file or directory"), ("/dev/full", "No space left on device")],
)
def test_an_unwritable_archive_is_one_line_of_error_and_nothing_is_pruned(
    aged: Run, sqlite_url: str, path: str, reason: str
) -> None:
    before = read_ledger(sqlite_url)
    ended = aged("log", "prune", "--keep-days", "7", "--archive", path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"error: {path}: {reason}\n"
    assert read_ledger(sqlite_url) == before


def test_after_a_jump_of_the_clock_prune_removes_nothing_and_says_so(
    stocked: Run, execute: Execute, sqlite_url: str
) -> None:
    execute("UPDATE messages SET at = datetime(at, '-3650 days')")
    before = read_ledger(sqlite_url)
    ended = stocked("log", "prune", "--keep-days", "7")
    assert ended.stdout == "Removed 0 messages older than 7 days.\n"
    assert ended.stderr.startswith("Nothing is removed yet: the clock may just have jumped.")
    assert read_ledger(sqlite_url) == before


def test_prune_and_check_of_an_empty_log(run: Run) -> None:
    assert run("verify").stdout == "0 batches: every quantity is explained.\n"
    ended = run("log", "prune", "--keep-days", "7")
    assert (ended.returncode, ended.stdout) == (0, "Removed 0 messages older than 7 days.\n")


def test_check_reports_that_every_quantity_is_explained(run: Run, aged: Run) -> None:
    ended = aged("verify")
    message = "2 batches: every quantity is explained.\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, message, "")


def test_check_lists_quantities_that_the_log_does_not_explain(
    stocked: Run, execute: Execute
) -> None:
    execute("UPDATE batches SET purchased_quantity = 1000, allocated_quantity = 3")
    execute("DELETE FROM messages WHERE seq = 2")
    ended = stocked("verify")
    assert ended.returncode == 1
    assert sorted(ended.stdout.splitlines()) == [
        "b1: 1,000 purchased, but 100 by the log",
        "b1: 3 allocated, but 0 by its lines",
        "b1: 3 allocated, but 0 by the log",
        "b2: 1,000 purchased, but nothing by the log",
        "b2: 3 allocated, but 0 by its lines",
        "b2: 3 allocated, but 0 by the log",
    ]
    assert ended.stderr == "6 quantities cannot be explained.\n"
