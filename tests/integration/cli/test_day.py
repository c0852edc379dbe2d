"""The commands of an operations manager's day: what all of them have in common."""

import json
import re
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.files import a_file, lines_for
from tests.support.ledger import read_ledger

NOTHING = "This was a dry run: nothing has been changed."

COMMANDS: dict[str, tuple[str, ...]] = {
    "set-quantity": ("set-quantity", "b1", "50"),
    "set-eta": ("set-eta", "b2", "2030-02-01"),
    "arrived": ("set-eta", "b2", "arrived"),
    "receive": ("receive", "b2"),
    "receive a part": ("receive", "b2", "4", "--as", "b2a"),
    "block": ("block", "b1"),
    "cancel-batch": ("cancel-batch", "b1"),
    "cancel": ("cancel", "o1"),
    "cancel a line": ("cancel", "o1", "LAMP"),
    "ship": ("ship", "o1"),
    "ship a line": ("ship", "o1", "LAMP"),
    "change": ("change", "o1", "LAMP", "50"),
    "unship": ("unship", "shipped", "LAMP"),
    "unblock": ("unblock", "blocked"),
}
NAMES = sorted({words[0] for words in COMMANDS.values()})
PANELS = {
    "Stock": ["set-quantity", "set-eta", "receive", "block", "unblock", "cancel-batch"],
    "Orders": ["ship", "unship", "change", "cancel"],
    "Looking": ["availability", "explain", "verify", "flow", "top", "list", "show", "log"],
    "Operation": [
        "serve",
        "send",
        "tick",
        "demo",
        "migrate",
        "backup",
        "restore",
        "import",
        "export",
        "dead-letters",
        "keys",
    ],
}


@pytest.fixture
def busy(stocked: Run, tmp_path: Path) -> Run:
    """All lamps in stock are promised to o1 and o2, those to come to o3, and o4 waits.

    The order `shipped` has left, and the batch `blocked` is blocked.
    """
    rows = ("o1,LAMP,60", "o2,LAMP,38", "o3,LAMP,8", "shipped,LAMP,2", "o4,LAMP,60")
    stocked("import", "orders", a_file(tmp_path, *rows))
    assert stocked("ship", "shipped").returncode == 0
    stocked("send", "BatchCreated", "ref=blocked", "sku=LAMP", "qty=5")
    assert stocked("block", "blocked").returncode == 0
    return stocked


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_dry_run_changes_nothing_and_says_so(
    busy: Run, sqlite_url: str, words: tuple[str, ...]
) -> None:
    before, log = read_ledger(sqlite_url), busy("log", "unfinished").stdout

    ended = busy(*words, "--dry-run")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1] == NOTHING
    assert " would " in ended.stdout.splitlines()[0]
    assert read_ledger(sqlite_url) == before
    assert busy("log", "unfinished").stdout == log


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_dry_run_lists_the_lines_that_the_command_then_moves(
    busy: Run, sqlite_url: str, words: tuple[str, ...]
) -> None:
    dry = busy(*words, "--dry-run").stdout.splitlines()
    before = read_ledger(sqlite_url)
    real = busy(*words).stdout.splitlines()

    assert read_ledger(sqlite_url).state != before.state
    assert [line.replace("would move", "moved") for line in dry[1:-1]] == real[1:]
    assert "would" not in "".join(real)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_reason_is_in_the_log(busy: Run, sqlite_url: str, words: tuple[str, ...]) -> None:
    assert busy(*words, "--reason", "a leak", "--id", "k1").returncode == 0
    [body] = [row["body"] for row in read_ledger(sqlite_url).messages if row["id"] == "k1"]
    assert json.loads(body)["reason"] == "a leak"


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_command_repeated_with_its_key_takes_effect_once_and_says_so(
    busy: Run, sqlite_url: str, words: tuple[str, ...]
) -> None:
    first = busy(*words, "--id", "k1")
    after = read_ledger(sqlite_url)
    second, dry = busy(*words, "--id", "k1"), busy(*words, "--id", "k1", "--dry-run")

    repeated = "The key k1 was used before: nothing has been done again.\n"
    assert (second.returncode, second.stdout) == (0, repeated + first.stdout)
    assert dry.stdout == f"{repeated}{first.stdout}{NOTHING}\n"
    assert read_ledger(sqlite_url) == after


def test_a_key_of_another_message_is_refused(busy: Run) -> None:
    assert busy("block", "b1", "--id", "k1").returncode == 0
    ended = busy("block", "b2", "--id", "k1")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "k1" in ended.stderr
    assert busy("block", "b2", "--id", " ").stderr.startswith("error: --id ' '")


def test_many_moved_lines_are_counted_and_the_first_are_listed(
    stocked: Run, tmp_path: Path
) -> None:
    stocked("import", "orders", a_file(tmp_path, *lines_for("LAMP", 100), "o,LAMP,9"))
    stocked("set-quantity", "b1", "200")
    stocked("import", "orders", a_file(tmp_path, *lines_for("LAMP", 50, first=101)))

    dry, real = (stocked("block", "b1", *option).stdout for option in (["--dry-run"], []))

    assert dry.splitlines()[1] == "150 order lines would move: 1 reallocated, 149 waiting."
    assert dry.splitlines()[-2:] == ["These are the first 100 of 150 order lines.", NOTHING]
    state, counts, _, *rows, last = real.splitlines()
    assert state == "b1 is blocked now."
    assert counts == "150 order lines were deallocated, 1 allocated."
    assert len(rows) == 100
    assert re.fullmatch("These are the first 100; `allocation show moves .+` lists all.", last)


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_command_names_its_options(run: Run, name: str) -> None:
    ended = run(name, "--help")
    assert ended.returncode == 0
    for option in ("--reason", "--id", "--dry-run", "--database"):
        assert option in ended.stdout


def test_help_groups_the_commands(run: Run) -> None:
    groups: dict[str, list[str]] = {}
    for line in run("--help").stdout.splitlines():
        match line.strip("─╭╮│╰╯ ").split():
            case [title] if line.startswith("╭"):
                groups[title] = names = []
            case [name, *_] if line.startswith("│ ") and line[2] != " ":
                names.append(name)
    groups.pop("Options")
    assert groups == PANELS


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_database_is_not_made(run: Run, tmp_path: Path, name: str) -> None:
    words = next(words for words in COMMANDS.values() if words[0] == name)
    ended = run(*words, "--database", f"sqlite:///{tmp_path}/new.db")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("set-eta", "none", "arrived"), 1, "Unknown batch none"),
        (("set-eta", "b2", "1999-12-31"), 1, "eta '1999-12-31' is before the year 2000"),
        (("set-eta", "b2", "soon"), 2, "'soon' is neither a date, such as 2026-12-24, nor the"),
        (("set-eta", "b2", "2030-02-31"), 2, "'2030-02-31' is neither a date"),
        (("set-eta", "b2", "20300201"), 2, "'20300201' is neither a date"),
        (("receive", "none"), 1, "Unknown batch none"),
        (("receive", "b1", "1", "--as", "b3"), 1, "Batch b1 is in the warehouse already"),
        (("receive", "b2", "1", "--as", "b1"), 1, "Batch b1 already exists with"),
        (("receive", "b2", "-1", "--as", "b3"), 1, "qty -1 is less than 1"),
        (("receive", "b2", "1"), 2, "to receive a part, give both QTY and --as NEW"),
        (("receive", "b2", "--as", "b3"), 2, "to receive a part, give both QTY and --as NEW"),
        (("block", "none"), 1, "Unknown batch none"),
        (("unblock", "none"), 1, "Unknown batch none"),
        (("cancel-batch", "none"), 1, "Unknown batch none"),
        (("cancel", "none"), 1, "Unknown order none"),
        (("cancel", "o1", "SOFA"), 1, "Order o1 has no line for SOFA"),
        (("cancel", "o1", "LAMP", "--line", "7"), 1, "Order o1 has no line 7 for LAMP"),
        (("cancel", "shipped"), 1, "Order shipped is shipped already"),
        (("cancel", "o1", "--line", "7"), 2, "--line is for one line of the order"),
        (("ship", "none"), 1, "Unknown order none"),
        (("ship", "shipped"), 1, "Order shipped is shipped already"),
        (("ship", "o3"), 1, "Of the line of order o3 for LAMP, 8 cannot be shipped: 0 in stock"),
        (("ship", "o1", "LAMP", "--qty", "5"), 1, "The line of order o1 for LAMP ships whole"),
        (("ship", "o1", "LAMP", "--qty", "0"), 1, "qty 0 is less than 1"),
        (("ship", "o1", "LAMP", "--from", "blocked"), 1, "Batch blocked is blocked"),
        (("ship", "o1", "--qty", "5"), 2, "--qty is for one line of the order: give its SKU"),
        (("ship", "o1", "--from", "b1"), 2, "--from is for one line of the order"),
        (("ship", "o1", "--line", "7"), 2, "--line is for one line of the order"),
        (("unship", "o1", "LAMP"), 1, "The line of order o1 for LAMP has 0 units shipped"),
        (("unship", "shipped", "LAMP", "--qty", "3"), 1, "The line of order shipped for LAMP has"),
        (("change", "o1", "LAMP", "0"), 1, "qty 0 is less than 1"),
        (("change", "o1", "LAMP", "-1"), 1, "qty -1 is less than 1"),
        (("change", "shipped", "LAMP", "1"), 1, "The line of order shipped for LAMP is shipped"),
        (("block", "b1", "--reason", ""), 1, "reason '' is empty"),
    ],
)
def test_a_refusal_or_a_wrong_call_is_one_line_and_changes_nothing(
    busy: Run, sqlite_url: str, words: tuple[str, ...], code: int, message: str
) -> None:
    before = read_ledger(sqlite_url)

    dry, real = busy(*words, "--dry-run"), busy(*words)

    assert dry == real
    assert (real.returncode, real.stdout) == (code, "")
    assert real.stderr.startswith(f"error: {message}")
    assert real.stderr.count("\n") == 1
    assert read_ledger(sqlite_url).state == before.state


@pytest.mark.parametrize(
    "words",
    [
        ("block",),
        ("receive", "b2", "many", "--as", "b3"),
        ("receive", "b2", "--dryrun"),
        ("change", "o1", "LAMP"),
        ("change", "o1", "LAMP", "5", "--dryrun"),
        ("change", "o1", "LAMP", "many"),
        ("cancel", "o1", "--dryrun"),
        ("ship", "o1", "--dryrun"),
        ("ship", "o1", "LAMP", "--qty", "many"),
        ("unship", "shipped"),
        ("set-eta", "b2"),
    ],
)
def test_a_mistyped_call_ends_with_2_and_changes_nothing(
    busy: Run, sqlite_url: str, words: tuple[str, ...]
) -> None:
    before = read_ledger(sqlite_url)
    assert busy(*words).returncode == 2
    assert read_ledger(sqlite_url) == before
