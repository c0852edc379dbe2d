"""`allocation log show`: a message with its causes above it and its follow-ups below it."""

from pathlib import Path

import pytest

from allocation.entrypoints.users import command_sender
from tests.integration.cli.conftest import Execute, Run
from tests.integration.cli.test_terminal import EVIL, assert_harmless
from tests.support.files import a_file
from tests.support.ledger import read_ledger

FIX = "fix 1"


@pytest.fixture
def corrected(stocked: Run, tmp_path: Path) -> Run:
    """A correction took two lines off a batch, of which one found room in the other."""
    assert stocked("import", "orders", a_file(tmp_path, "o1,LAMP,8", "o2,LAMP,8")).returncode == 0
    words = ("BatchQuantityChanged", "ref=b1", "qty=0", "reason=[wet]", "--id", FIX)
    assert stocked("send", *words).returncode == 0
    return stocked


def tree(run: Run, id: object) -> list[tuple[str, int, str]]:
    """The mark, the level and the type or the text of each line."""
    ended = run("log", "show", str(id))
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = []
    for line in ended.stdout.splitlines():
        mark, text = line[:2].strip(), line[3:]
        level = (len(text) - len(text.lstrip())) // 2
        _, _, what = text.strip().partition("  ")
        lines.append((mark, level, what.split("  ")[1].split()[0] if "  " in what else line))
    return lines


def test_a_message_is_shown_with_its_follow_ups_below_their_causes(corrected: Run) -> None:
    assert tree(corrected, FIX) == [
        ("->", 0, "BatchQuantityChanged"),
        ("", 1, "BatchQuantityAdjusted"),
        ("", 1, "Deallocated"),
        ("", 1, "Deallocated"),
        ("", 1, "AllocationRequired"),
        ("", 2, "PromiseChanged"),
        ("", 3, "Digest"),
        ("", 2, "Allocated"),
        ("", 1, "AllocationRequired"),
        ("", 2, "PromiseLost"),
        ("", 1, "OutOfStock"),
        ("", 2, "Digest"),
    ]


def test_a_line_has_all_that_the_log_has_of_a_message(corrected: Run, execute: Execute) -> None:
    execute(
        "UPDATE messages SET status = 'pending', at = '2030-01-01', attempts = 2,"
        " due = '2030-01-02 03:04:05', error = 'OSError: [no]', results = NULL"
        f" WHERE id = '{FIX}'"
    )
    row, *_ = corrected("log", "show", FIX).stdout.splitlines()
    number, *rest = row.removeprefix("-> ").split("  ")
    assert number.isdecimal()
    assert rest == [
        FIX,
        'BatchQuantityChanged {"ref":"b1","qty":0,"reason":"[wet]"}',
        "pending 2030-01-01T00:00:00+00:00",
        f"by {command_sender()}",
        "2 failed attempts",
        "due 2030-01-02T03:04:05+00:00",
        "error: OSError: [no]",
    ]


def test_a_follow_up_is_shown_below_its_causes(corrected: Run, sqlite_url: str) -> None:
    (allocated,) = (
        row
        for row in read_ledger(sqlite_url).messages
        if row["correlation_id"] == FIX and row["type"] == "Allocated"
    )

    path = [("", 0, "BatchQuantityChanged"), ("", 1, "AllocationRequired"), ("->", 2, "Allocated")]
    assert tree(corrected, allocated["id"]) == path
    between = [
        ("", 0, "BatchQuantityChanged"),
        ("->", 1, "AllocationRequired"),
        ("", 2, "PromiseChanged"),
        ("", 3, "Digest"),
        ("", 2, "Allocated"),
    ]
    assert tree(corrected, allocated["causation_id"]) == between


def test_the_follow_ups_are_shown_a_page_at_a_time(corrected: Run, sqlite_url: str) -> None:
    chain = [m for m in read_ledger(sqlite_url).messages if m["causation_id"] == FIX]
    third = chain[2]["seq"]

    *lines, last = corrected("log", "show", FIX, "--limit", "3").stdout.splitlines()
    assert len(lines) == 4
    assert last == f"8 more; for the next page: --after {third}"

    rest = corrected("log", "show", FIX, "--limit", "6", "--after", third).stdout.splitlines()
    assert len(rest) == 8
    assert any("Allocated" in row for row in rest)
    assert "caused by" not in "".join(rest)

    last_own = chain[-1]["seq"]
    _, _, _, alone, *_ = corrected("log", "show", FIX, "--after", last_own).stdout.splitlines()
    assert "Allocated" in alone
    assert alone.endswith(f"  caused by {chain[3]['id']}")


def test_a_page_of_a_follow_up_that_ends_early_says_so(corrected: Run, execute: Execute) -> None:
    execute(
        "INSERT INTO messages (id, type, body, correlation_id, causation_id, at, status, attempts)"
        " WITH n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5010)"
        f" SELECT 'x' || n, 'OutOfStock', '{{}}', '{FIX}', iif(n = 1, '{FIX}', 'x1'),"
        " '2030-01-01 10:00:00', 'handled', 0 FROM n"
    )

    *_, last = corrected("log", "show", "x3").stdout.splitlines()
    assert last.startswith("There may be more among the 7 messages that follow in the chain;")


def test_pruned_causes_are_said_to_be_no_longer_there(corrected: Run, execute: Execute) -> None:
    execute(
        f"UPDATE messages SET id = 'below' WHERE causation_id = '{FIX}' AND type = 'OutOfStock'"
    )
    execute(f"DELETE FROM messages WHERE id = '{FIX}'")

    first, second = corrected("log", "show", "below").stdout.splitlines()
    assert first == f"   (the log no longer has the cause {FIX})"
    assert second.startswith("->   ")
    assert corrected("log", "show", FIX).returncode == 1


def test_causes_that_are_left_out_can_be_shown(stocked: Run, execute: Execute) -> None:
    execute(
        "INSERT INTO messages (id, type, body, correlation_id, causation_id, at, status, attempts)"
        " WITH n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 200)"
        " SELECT 'x' || n, 'FillContinued', '{}', 'x0', iif(n = 0, NULL, 'x' || (n - 1)),"
        " '2030-01-01 10:00:00', 'handled', 0 FROM n"
    )
    lines = stocked("log", "show", "x200").stdout.splitlines()
    assert len(lines) == 103
    assert "  x0  " in lines[0]
    assert lines[1].strip() == "(more causes: allocation log show x100)"
    assert "  x100  " in lines[2]
    assert lines[-1].startswith("-> ")


@pytest.mark.parametrize("id", ["no-such", "", "x" * 300, " a", EVIL])
def test_an_unknown_message_ends_with_1(stocked: Run, id: str) -> None:
    ended = stocked("log", "show", id)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("error: Unknown message ")


@pytest.mark.parametrize("words", [("--limit", "0"), ("--limit", "1001"), ("--after", "x")])
def test_a_wrong_option_ends_with_2(corrected: Run, words: tuple[str, str]) -> None:
    ended = corrected("log", "show", FIX, *words)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert words[0] in ended.stderr


def test_what_others_wrote_does_not_steer_the_terminal(corrected: Run, execute: Execute) -> None:
    execute(f"UPDATE messages SET error = '{EVIL}', body = '[b]{EVIL}' WHERE id = '{FIX}'")

    shown = corrected("log", "show", FIX).stdout
    assert_harmless(shown)
    assert "[b]" in shown
