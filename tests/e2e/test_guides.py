"""The tutorial and the how-to guides print what they say."""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.commands import allocation_here
from tests.support.guides import GUIDES, comparable, followed
from tests.support.reader import as_printed
from tests.support.readme import commands

pytestmark = pytest.mark.slow

DEAD_LETTER = "01a22c4c-a9b5-73cf-8481-0336f0dc2110"


def a_dead_letter(folder: Path) -> None:
    """Some lamps have run out, and the mail about them was given up."""
    allocation_here("migrate", cwd=folder)
    allocation_here("send", "BatchCreated", "ref=B-1", "sku=LAMP", "qty=1", cwd=folder)
    allocation_here("send", "AllocationRequired", "orderid=O-1", "sku=LAMP", "qty=2", cwd=folder)
    with sqlite3.connect(folder / "allocation.db") as database:
        database.execute(
            "UPDATE messages SET id = ?, status = 'dead', attempts = 300,"
            " error = 'ConnectionRefusedError: mail.shop.example' WHERE type = 'Digest'",
            [DEAD_LETTER],
        )
    database.close()


PREPARATIONS: Mapping[str, Callable[[Path], None]] = {"deal-with-dead-letters": a_dead_letter}
"""What has happened before a guide is needed, of those that do not begin with an empty database."""


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_every_command_prints_what_the_guide_says(guide: Path, tmp_path: Path) -> None:
    if prepare := PREPARATIONS.get(guide.stem):
        prepare(tmp_path)

    for command, printed in followed(guide, tmp_path):
        assert comparable(printed) == comparable(as_printed(command)), command.line


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_a_guide_has_commands(guide: Path) -> None:
    assert commands(guide.read_text(encoding="utf-8"))
