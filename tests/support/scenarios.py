"""The scenarios of docs/scenarios.md: what is typed on which day, and what is answered."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from allocation.entrypoints.users import command_sender
from tests.support.clock import VirtualClock
from tests.support.commands import allocation_here

ADA: Final = "user:ada"

PAGE: Final = Path(__file__).parents[2] / "docs" / "scenarios.md"

_SECTION: Final = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK: Final = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT: Final = "$ "
_DAY: Final = re.compile(r"# (\d{4}-\d{2}-\d{2})")
_HERE_DOCUMENT: Final = re.compile(r"cat > (\S+) <<'END'")
_MORNING: Final = time(9, tzinfo=UTC)


@dataclass
class TypedLine:
    """A line that is typed, what stands below it, and the day if another one has begun."""

    line: str
    day: date | None = None
    output: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scenario:
    """A section of the page: its heading, and the blocks that it contains."""

    title: str
    blocks: list[str]

    @property
    def typed_lines(self) -> list[TypedLine]:
        """What is typed, in its order."""
        return [*_typed_lines(self.blocks[0])]


def scenarios() -> list[Scenario]:
    """The scenarios of the page."""
    sections = _SECTION.findall(PAGE.read_text(encoding="utf-8"))
    return [Scenario(title, _BLOCK.findall(text)) for title, text in sections]


def _typed_lines(block: str) -> Iterator[TypedLine]:
    typed, day = None, None
    for line in block.splitlines():
        if new_day := _DAY.fullmatch(line):
            day = date.fromisoformat(new_day[1])
        elif line.startswith(_PROMPT):
            if typed is not None:
                yield typed
            typed, day = TypedLine(line.removeprefix(_PROMPT), day), None
        elif typed is not None:
            typed.output.append(line)
    if typed is not None:
        yield typed


class Desk:
    """A desk in a folder with an empty database, where a minute passes before each command.

    What a command that has succeeded writes to standard error, about waiting mail, is not seen.
    Whoever runs the tests is the page's Ada.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clock = VirtualClock()
        allocation_here("migrate", cwd=folder)

    def type(self, typed: TypedLine) -> list[str]:
        """Type a line on its day; the lines that are printed, or that a file is given."""
        if typed.day is not None:
            self._clock.now = datetime.combine(typed.day, _MORNING)
        self._clock.now += timedelta(minutes=1)
        if file := _HERE_DOCUMENT.fullmatch(typed.line):
            *content, _end = typed.output
            (self._folder / file[1]).write_text("".join(f"{row}\n" for row in content))
            return typed.output
        program, *words = shlex.split(typed.line)
        assert program == "allocation", typed.line
        ended = allocation_here(*words, cwd=self._folder, clock=self._clock)
        errors = ended.stderr if ended.returncode else ""
        printed = (ended.stdout + errors).replace(command_sender(), ADA)
        return [line.rstrip() for line in printed.splitlines()]
