"""The table of commands says what the commands say themselves, without importing them."""

import inspect
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from allocation.entrypoints.cli.command_group import RootGroup, loaded
from allocation.entrypoints.cli.exit_codes import MEANINGS, ExitCode
from allocation.entrypoints.cli.main import app
from tests.support.commands import COMMAND, allocation_here, an_environment
from tests.support.every_command import COMMANDS, ENTRIES, GROUPS

ROOT = Path(__file__).parents[3]

HEAVY = (
    "allocation.adapters",
    "allocation.bootstrap",
    "allocation.config",
    "allocation.domain",
    "allocation.views",
    "alembic",
    "litestar",
    "msgspec",
    "psycopg",
    "sqlalchemy",
    "structlog",
    "uvicorn",
)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_summary_is_the_first_line_of_the_documentation(name: str) -> None:
    entry = COMMANDS[name]

    assert (inspect.getdoc(entry.load()) or "").partition("\n")[0] == entry.summary


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_of_a_command_is_a_call_that_parses(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("state.json.gz").touch()  # a file that must exist before the command is run
    entry = COMMANDS[name]
    command = loaded(entry)
    assert entry.examples

    for example in entry.examples:
        program, *words = shlex.split(example)
        assert (program, " ".join(words[: len(name.split())])) == ("allocation", name)
        command.make_context(name, words[len(name.split()) :])


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_its_examples(name: str) -> None:
    lines = loaded(COMMANDS[name]).epilog.replace("\\", "").splitlines()

    assert lines == ["Examples:", *(f"$ {each}" for each in COMMANDS[name].examples)]


@pytest.mark.parametrize("words", ["verify", "keys", "keys list"])
def test_every_level_of_commands_knows_the_short_help_option(words: str, tmp_path: Path) -> None:
    ended = allocation_here(*words.split(), "-h", cwd=tmp_path)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert f" {words} [OPTIONS]" in ended.stdout.splitlines()[1]


@pytest.mark.parametrize("name", GROUPS)
def test_the_help_of_a_group_has_an_example_of_each_of_its_commands(name: str) -> None:
    group = loaded(GROUPS[name])

    assert list(group.commands) == [each.name for each in GROUPS[name].commands]
    for command in GROUPS[name].commands:
        assert f"$ allocation {name} {command.name}" in group.epilog.replace("\\", "")


@pytest.mark.parametrize(
    "words",
    [("--help",), ("-h",), (), *((name, "--help") for name in GROUPS)],
    ids=" ".join,
)
def test_help_imports_no_heavy_module(words: tuple[str, ...]) -> None:
    script = (
        "import sys, atexit\n"
        f"heavy = {HEAVY!r}\n"
        "def print_heavy():\n"
        "    names = [m for m in sys.modules if m in heavy or m.startswith(\n"
        "        tuple(f'{each}.' for each in heavy))]\n"
        "    print(sorted(names), file=sys.stderr)\n"
        "atexit.register(print_heavy)\n"
        "from allocation.__main__ import main\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *words],
        env=an_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "Usage:" in ended.stdout + ended.stderr
    assert ended.stderr.splitlines()[-1] == "[]"


def test_the_program_is_completed_without_importing_a_command() -> None:
    variables = {
        "_ALLOCATION_COMPLETE": "complete_bash",
        "COMP_WORDS": "allocation set",
        "COMP_CWORD": "1",
    }
    ended = subprocess.run(
        [COMMAND],
        env=an_environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.stdout.split() == ["set-quantity", "set-eta"]


def test_the_program_is_the_group_of_all_commands() -> None:
    assert app.info.cls is RootGroup
    assert list(RootGroup(name="allocation").commands) == [entry.name for entry in ENTRIES]


def test_operations_lists_the_exit_codes_of_the_help() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    rows = "".join(f"| {code.value} | {meaning} |\n" for code, meaning in MEANINGS.items())

    assert f"| exit code | meaning |\n| --- | --- |\n{rows}\n" in page
    assert set(MEANINGS) == set(ExitCode)
