"""The commands that the documents name exist, with the options that they are given."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from allocation.entrypoints.cli.main import app
from tests.support.readme import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ALLOCATION: Any = get_command(app)
COMMAND = re.compile(
    r"^(?:    |\$ |    \$ )(?:\.venv/bin/)?allocation (?P<block>.+)$"
    r"|`(?:\.venv/bin/)?allocation (?P<inline>[^`]+)`",
    re.MULTILINE,
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_of_a_document_exists(document: Path) -> None:
    assert [*mistakes(document.read_text(encoding="utf-8"))] == []


def test_commands_are_found_in_blocks_and_in_the_text() -> None:
    text = "Use `allocation verify` or:\n\n    .venv/bin/allocation keys list --json\n"

    assert [*commands_of(text)] == [["verify"], ["keys", "list", "--json"]]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("`allocation verfy`", "there is no `verfy`"),
        ("    allocation keys make", "there is no `keys make`"),
        ("$ allocation block B-1 --because x", "`block` has no `--because`"),
    ],
)
def test_a_mistake_is_found(text: str, mistake: str) -> None:
    assert [*mistakes(text)] == [mistake]


def commands_of(text: str) -> Iterator[list[str]]:
    """The words after `allocation` of each command."""
    for command in COMMAND.finditer(text):
        yield shlex.split(command["block"] or command["inline"], comments=True)


def mistakes(text: str) -> Iterator[str]:
    """Each unknown command or option of a text."""
    for words in commands_of(text):
        command, path = ALLOCATION, ""
        while hasattr(command, "resolve_command") and words and not words[0].startswith("-"):
            path = f"{path} {words[0]}".lstrip()
            command = subcommand(command, words.pop(0))
        if command is None:
            yield f"there is no `{path}`"
        else:
            yield from (f"`{path}` has no `{option}`" for option in unknown(words, command))


def subcommand(group: Any, name: str) -> Any:
    """The first command of a name; none if it, or another that the text joins to it, is unknown.

    A text may name several commands at once, such as `export batches|orders`.
    """
    context = group.make_context(None, [], resilient_parsing=True)
    commands = [group.resolve_command(context, [part])[1] for part in name.split("|")]
    return None if None in commands else commands[0]


def unknown(words: list[str], command: Any) -> list[str]:
    """The options among the words that a command does not have."""
    options = {"--help"}.union(*(parameter.opts for parameter in command.params))
    given = [word.partition("=")[0] for word in words if word.startswith("--")]
    return [option for option in given if option not in options]
