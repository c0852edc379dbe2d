"""What others have written never steers the terminal."""

import io
import os
import pty
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import text

from allocation.adapters.sql.engine.database import Database
from allocation.entrypoints.cli.console import SafeConsole, safe
from allocation.entrypoints.cli.plain_table import table_of
from allocation.entrypoints.visible import visible
from tests.integration.cli.conftest import Run
from tests.support.commands import COMMAND, an_environment
from tests.support.files import a_file
from tests.support.terminals import everything_from

EVIL = "\x1b]0;mine\x07\x1b[2J\x9b31m\u202etxt"
SHOWN = r"\x1b]0;mine\x07\x1b[2J\x9b31m\u202etxt"


def assert_harmless(output: str) -> None:
    assert SHOWN in output.replace("\n", "")
    assert output.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "words",
    [
        *(("show", "sku", EVIL), ("show", "order", EVIL), ("import", "orders", EVIL)),
        *((EVIL,), ("show", f"--{EVIL}")),
        ("show", "sku", "LAMP", "--database", f"sqlite:///{EVIL}.db"),
    ],
)
def test_a_word_of_the_call(stocked: Run, words: tuple[str, ...]) -> None:
    assert_harmless(stocked(*words).stderr)


def test_a_header(stocked: Run, tmp_path: Path) -> None:
    assert_harmless(stocked("import", "orders", a_file(tmp_path, header=f"a,{EVIL}")).stderr)


def test_a_file_name(stocked: Run, tmp_path: Path) -> None:
    file = a_file(tmp_path, "b1,LAMP,0", header="ref,sku,qty").rename(tmp_path / f"{EVIL}.csv")

    ended = stocked("import", "batches", file)

    assert ended.returncode == 1
    assert_harmless(ended.stderr)
    assert ended.stderr.count(SHOWN) == 3, "no column eta, the refused rows, and what to do"


def test_the_error_of_a_dead_letter(stocked: Run, sqlite_url: str, tmp_path: Path) -> None:
    stocked("import", "orders", a_file(tmp_path, "o1,LAMP,200"))
    database = Database(sqlite_url)
    with database.writing() as connection:
        dead = text("UPDATE messages SET status = 'dead', error = :error WHERE type = 'Digest'")
        connection.execute(dead, {"error": EVIL})
        connection.commit()
    database.close()

    assert_harmless(stocked("dead-letters", "list").stdout)


def test_the_console_lets_nothing_through_that_was_not_made_safe() -> None:
    shown = io.StringIO()
    console = SafeConsole(file=shown, force_terminal=True, color_system=None, width=200)
    rows = table_of({"batch": [EVIL]})

    console.print(f"a {EVIL}")
    console.print(rows)

    assert shown.getvalue().count(SHOWN) == 2
    assert shown.getvalue().replace("\n", "").isprintable()


def test_escaped_text_stays_in_one_line() -> None:
    assert safe("a\nerror: b") == r"a\nerror: b"
    assert visible("a\tb\nc", keep="\n") == "a\\tb\nc"
    assert visible("Grüße-日本 🛋") == "Grüße-日本 🛋"


def test_the_log_in_a_terminal(tmp_path: Path) -> None:
    """As a path, or a database's error, gets there; in a terminal of its own."""
    program = (
        "import logging; from allocation.entrypoints import logs; logs.configure()\n"
        f"evil = {EVIL!r}\n"
        "try: raise OSError(evil)\n"
        "except OSError: logging.getLogger('x').exception('%s failed', evil, extra={'id': evil})\n"
    )
    python = Path(COMMAND).with_name("python")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [python, "-c", program], stderr=theirs, cwd=tmp_path, env=an_environment()
    ) as process:
        os.close(theirs)
        output = everything_from(ours)
        assert process.wait(timeout=60) == 0

    assert output.count(SHOWN) == 3, "what happened, a fact of it, and the traceback"
    assert "\x1b]0" not in output
    assert "\x9b" not in output
    assert "\u202e" not in output
