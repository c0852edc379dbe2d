"""The commands that the README gives its reader, and what it says that they print."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
README: Final = ROOT / "README.md"

_CODE: Final = "    "
_COMMENT: Final = "#"
_HERE_DOCUMENT: Final = " <<'END'"


@dataclass
class Command:
    """A line for the shell, its standard input, and the lines that it is said to print."""

    line: str
    stdin: list[str] = field(default_factory=list)
    output: list[str] = field(default_factory=list)


def commands(text: str) -> list[Command]:
    """The commands in the indented blocks of a text, in their order."""
    commands_found: list[Command] = []
    code = _code(text)
    for line in code:
        if line.startswith(_COMMENT):
            commands_found[-1].output.append(line.removeprefix(_COMMENT).removeprefix(" "))
        elif line.endswith(_HERE_DOCUMENT):
            stdin = iter(lambda: next(code), "END")
            commands_found.append(Command(line.removesuffix(_HERE_DOCUMENT), list(stdin)))
        else:
            commands_found.append(Command(line))
    return commands_found


def section(heading: str) -> str:
    """What stands under a heading of the README."""
    _, commands_read, rest = README.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    assert commands_read, f"the README has no section {heading!r}"
    return rest.partition("\n## ")[0]


def _code(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.startswith(_CODE):
            yield line.removeprefix(_CODE)
