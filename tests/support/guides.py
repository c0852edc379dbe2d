"""The tutorial and the how-to guides, and a reader who follows them from the first line on."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from allocation.entrypoints.users import command_sender
from tests.support.commands import allocation_here
from tests.support.reader import Reader
from tests.support.readme import ROOT, Command, commands
from tests.support.serving import serving

_DOCS: Final = ROOT / "docs"
GUIDES: Final = [
    _DOCS / "tutorial.md",
    *sorted(page for page in (_DOCS / "how-to").glob("*.md") if page.stem != "README"),
]

_SERVE: Final = "make serve"
_DAY_OF_THE_PAGES: Final = "2026-12-01"
_USER_OF_THE_PAGES: Final = "user:ada"

_RANDOM: Final = (
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "LOG"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "KEY"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"), "TIME"),
    (re.compile(r"\b(?:\d{4}-\d\d-\d\d )?\d\d:\d\d UTC\b"), "TIME"),
    (re.compile(r"(?<=backup of )[\d,]+(?= bytes)"), "SIZE"),
    (re.compile(r"(?<=at revision )\d{4}"), "REVISION"),
    (re.compile(r"\S+\.before-[\dT.]+"), "FILE"),
    (re.compile(r'(?<=Digest {"audience":"buyers",)[^}]*}[^}]*(?=})'), "..."),
    (re.compile(r"  +"), "  "),  # a column is as wide as the name of the user
)
"""What differs from one run to the next, and what stands for it in a comparison."""


def followed(guide: Path, folder: Path) -> Iterator[tuple[Command, str]]:
    """Type the commands of a guide in a folder with an empty database; each with what it prints.

    Of the targets of make, only `serve` is typed: it starts a server for the commands after it.
    An answer over HTTP is one line.
    """
    allocation_here("migrate", cwd=folder)
    reader = Reader(folder)
    with ExitStack() as servers:
        for command in commands(guide.read_text(encoding="utf-8")):
            if command.line == _SERVE:
                reader.address = servers.enter_context(serving(None, folder)).address
            elif not command.line.startswith("make "):
                printed = reader.type(command)
                is_answer = command.line.startswith("curl ")
                yield command, "".join(printed.splitlines()) if is_answer else printed


def comparable(printed: str) -> str:
    """A text without what is random, on the day of the pages and by their user."""
    text = printed.replace(str(datetime.now(UTC).date()), _DAY_OF_THE_PAGES)
    text = text.replace(command_sender(), _USER_OF_THE_PAGES)
    for pattern, name in _RANDOM:
        text = pattern.sub(name, text)
    return text
