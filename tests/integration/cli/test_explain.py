"""`allocation explain`: what the lines of an order have lived through."""

from pathlib import Path

import pytest

from allocation.entrypoints.users import command_sender
from tests.integration.cli.conftest import Execute, Run
from tests.integration.cli.test_terminal import EVIL, assert_harmless
from tests.support.files import a_file

MOMENT = "2030-01-01 10:12 UTC  "


@pytest.fixture
def corrected(stocked: Run, execute: Execute, tmp_path: Path) -> Run:
    """A leak took a line off its batch; it found room in the other one."""
    assert stocked("import", "orders", a_file(tmp_path, "o1,LAMP,8")).returncode == 0
    words = ("BatchQuantityChanged", "ref=b1", "qty=0", "reason=[wet]", "--id", "abc")
    assert stocked("send", *words).returncode == 0
    execute("UPDATE messages SET at = '2030-01-01 10:12:13'")
    return stocked


def lines(run: Run, *words: str) -> list[str]:
    ended = run("explain", *words)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.splitlines()


def test_a_line_is_explained_in_sentences(corrected: Run) -> None:
    accepted, lost, _, allocated, now = lines(corrected, "o1", "LAMP")
    assert accepted.startswith(f"{MOMENT}accepted 8 units, allocated to b1 (allocate, key ")
    cause = f"(change_batch_quantity, key abc, by {command_sender()})"
    assert lost == f"{MOMENT}lost 8 units of b1: [wet] {cause}"
    assert allocated.startswith(f"{MOMENT}allocated 8 units to b2")
    assert allocated.endswith(f" {cause}")
    assert now == "now                   8 units allocated to b2"


def test_the_lines_of_an_order_are_named(corrected: Run) -> None:
    corrected("send", "AllocationRequired", "orderid=o1", "sku=LAMP", "qty=9", "line=x")
    named = lines(corrected, "o1")
    assert named[0].startswith(f"{MOMENT}LAMP  accepted 8 units")
    assert "  LAMP/x  accepted 9 units" in named[4]
    assert named[-1].split() == ["now", "LAMP/x", "9", "units", "waiting"]
    assert lines(corrected, "o1", "--line", "x")[-1].endswith("LAMP/x  9 units waiting")
    assert len(lines(corrected, "o1", "LAMP", "--line", "")) == 5


def test_pages_follow_one_another(corrected: Run) -> None:
    *first, more = lines(corrected, "o1", "--limit", "2")
    assert more.startswith("for the next page: --after ")
    rest = lines(corrected, "o1", *more.split()[-2:])
    assert first + rest == lines(corrected, "o1")


def test_it_is_said_since_when_the_log_knows(corrected: Run, execute: Execute) -> None:
    execute("DELETE FROM messages WHERE seq < (SELECT seq FROM messages WHERE id = 'abc')")
    since, lost, *_ = lines(corrected, "o1", "LAMP")
    assert since == "The log begins on 2030-01-01; earlier events are not known."
    assert "  lost 8 units" in lost


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("no-such",), "order no-such"),
        (("o1", "CHAIR"), "order o1 for CHAIR"),
        (("o1", "LAMP", "--line", "x"), "order o1, line x for LAMP"),
    ],
)
def test_an_unknown_line_is_an_error(corrected: Run, words: tuple[str, ...], what: str) -> None:
    ended = corrected("explain", *words)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"error: Unknown {what}\n"


def test_names_do_nothing_to_the_terminal(corrected: Run) -> None:
    ended = corrected("explain", EVIL)
    assert ended.returncode == 1
    assert_harmless(ended.stderr)
