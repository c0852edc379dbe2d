"""`--quiet`, `--verbose` and `--version`, and the variables about colours."""

import os
import platform
import pty
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import psycopg
import pytest

from allocation.adapters.sql.engine.sqlite_library import SQLITE
from allocation.entrypoints.cli.command_group import loaded
from allocation.entrypoints.cli.log_options import LogOptions
from allocation.entrypoints.cli.verbosity import Verbosity, set_verbosity
from tests.integration.cli.conftest import Run
from tests.support.commands import COMMAND, an_environment, own_logging
from tests.support.every_command import COMMANDS
from tests.support.files import a_file
from tests.support.terminals import everything_from


@pytest.mark.parametrize("words", [("-q", "export", "orders"), ("export", "orders", "--quiet")])
def test_a_quiet_command_prints_no_notes(stocked: Run, words: tuple[str, ...]) -> None:
    assert "to export" in stocked("export", "orders", "orders.csv").stderr

    ended = stocked(*words, "quiet.csv")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_quiet_command_prints_its_result_and_its_errors(stocked: Run) -> None:
    assert stocked("show", "sku", "LAMP", "-q").stdout == stocked("show", "sku", "LAMP").stdout
    assert stocked("-q", "show", "sku", "NONE").stderr == "error: Unknown sku NONE\n"


def test_a_quiet_command_prints_a_new_key_and_nothing_else(stocked: Run) -> None:
    ended = stocked("keys", "create", "shop", "--scope", "orders", "-q")

    assert ended.stderr == ""
    assert re.fullmatch(r"\S+\n", ended.stdout)


@pytest.mark.parametrize("words", [("-v", "verify"), ("verify", "--verbose")])
def test_a_verbose_command_logs_the_database_and_the_time(
    stocked: Run, sqlite_url: str, words: tuple[str, ...]
) -> None:
    assert stocked("verify").stderr == ""

    ended = stocked(*words)

    assert ended.returncode == 0
    assert f"the database is {sqlite_url}" in ended.stderr
    assert re.search(r"the database was in use for \d+\.\d{3} s", ended.stderr)


def test_a_command_is_either_quiet_or_verbose(stocked: Run) -> None:
    ended = stocked("-q", "verify", "-v")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "choose one of --quiet and --verbose" in ended.stderr


@pytest.mark.parametrize(
    ("option", "level"), [((), "info"), (("-q",), "warning"), (("--verbose",), "debug")]
)
def test_the_log_of_a_server_is_as_quiet_or_verbose_as_its_options(
    option: tuple[str, ...], level: str
) -> None:
    with own_logging():
        set_verbosity(Verbosity.NORMAL)
        loaded(COMMANDS["serve"]).make_context("serve", [*option])
        settings = LogOptions().settings
        set_verbosity(Verbosity.NORMAL)

    assert settings.level == level


def test_the_version_names_what_the_program_runs_on(run: Run) -> None:
    ended = run("--version")

    assert (ended.returncode, ended.stderr) == (0, "")
    libpq = psycopg.pq.version()
    assert ended.stdout.splitlines() == [
        f"allocation {version('allocation')}",
        f"Python {platform.python_version()}",
        str(SQLITE),
        f"PostgreSQL client {libpq // 10_000}.{libpq % 10_000} (libpq)",
    ]


def test_the_version_names_a_server_that_answers(run: Run, postgresql_url: str) -> None:
    ended = run("--version", ALLOCATION_DATABASE_URL=postgresql_url)

    with psycopg.connect(postgresql_url) as connection:
        server = connection.info.parameter_status("server_version")
    assert ended.stdout.splitlines()[-1] == f"PostgreSQL server {server}"


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1:1/none", "mysql://none/none"])
def test_the_version_needs_no_database(run: Run, url: str) -> None:
    ended = run("--version", ALLOCATION_DATABASE_URL=url)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "PostgreSQL server" not in ended.stdout


def printed_on_a_terminal(*words: str, cwd: Path, **variables: str) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [COMMAND, *words],
        cwd=cwd,
        env=an_environment(TERM="xterm-256color", **variables),
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        return everything_from(ours)


def test_errors_have_a_colour_on_a_terminal_unless_no_color_is_set(tmp_path: Path) -> None:
    words = ("show", "sku", "LAMP", "--database", f"sqlite:///{tmp_path}/none.db")

    assert "\x1b[31merror:" in printed_on_a_terminal(*words, cwd=tmp_path)
    assert "\x1b[" not in printed_on_a_terminal(*words, cwd=tmp_path, NO_COLOR="1")


def test_progress_is_not_written_to_a_file_whatever_force_color_says(
    stocked: Run, sqlite_url: str, tmp_path: Path
) -> None:
    stocked("import", "orders", a_file(tmp_path, "o1,LAMP,1"))

    ended = subprocess.run(
        [COMMAND, "list", "orders", "--database", sqlite_url],
        env=an_environment(FORCE_COLOR="1"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
