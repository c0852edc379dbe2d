"""Exports to a pipe, their progress in a terminal, and their memory."""

import os
import pty
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, messages, order_lines, products
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import BatchCreated
from allocation.entrypoints.cli.exporting import kinds
from tests.support.busy_shop import open_the_shop
from tests.support.commands import COMMAND, allocation, allocation_here, an_environment
from tests.support.crowded_database import batch, fill, line, message, product
from tests.support.databases import SQLite
from tests.support.peak_of_child import peak_of
from tests.support.storages import OpenDatabase
from tests.support.terminals import everything_from


def test_a_table_goes_to_standard_output(sqlite_url: str, tmp_path: Path) -> None:
    open_the_shop(sqlite_url)
    words = ("export", "batches", "--database", sqlite_url)

    ended = allocation(*words, "-", cwd=tmp_path, settings={"LC_ALL": "C", "PYTHONUTF8": "0"})

    allocation_here(*words, "b.csv", cwd=tmp_path)
    assert ended.stdout == (tmp_path / "b.csv").read_text(encoding="utf-8")
    assert ended.stderr.startswith("23 batches exported to standard output.\n")


def test_a_reader_that_has_what_it_wants_ends_an_export_without_an_error(
    sqlite_url: str, tmp_path: Path
) -> None:
    with closing(bootstrap(Settings(sqlite_url))) as parts:
        parts.handle_all(BatchCreated(f"{n}-{'x' * 200}", "LAMP", 1) for n in range(2_000))
    words = (COMMAND, "export", "batches", "-", "--database", sqlite_url)
    with subprocess.Popen(
        words,
        cwd=tmp_path,
        env=an_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == ",".join(kinds.BATCHES.columns) + "\n"
        process.stdout.close()
        errors = process.stderr.read()

    assert (process.returncode, errors) == (0, "")


def test_a_terminal_shows_the_progress(sqlite_url: str, tmp_path: Path) -> None:
    open_the_shop(sqlite_url)
    for words in (("batches", "b.csv"), ("all", "s.gz")):
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            (COMMAND, "export", *words, "--database", sqlite_url),
            cwd=tmp_path,
            env=an_environment(TERM="xterm"),
            stderr=theirs,
        ) as process:
            os.close(theirs)
            output = everything_from(ours)
        assert process.returncode == 0
        assert "/s" in output
        assert f"exported to {words[1]}." in output


LITTLE: Final = 16 * 2**20
"""Bytes by which a long export may need more than a short one; it has more in its files."""


@pytest.mark.slow
def test_exports_and_states_take_constant_memory(
    sqlite: SQLite, tmp_path: Path, open_database: OpenDatabase
) -> None:
    peaks = dict[str, list[int]]()
    for name, lines in (("short", 20), ("long", 60_000)):
        folder = tmp_path / name
        folder.mkdir()
        fill_up(open_database(sqlite.migrated(folder)), lines)
        for words in (
            *(("orders", "o.csv"), ("backorders", "w.csv"), ("pick-list", "p.csv")),
            *(("orders", "o.xlsx"), ("all", "s.gz")),
        ):
            peak, _ = peak_of(COMMAND, "export", *words, cwd=folder)
            peaks.setdefault(words[1], []).append(peak)
        copy = ("--database", "sqlite:///copy.db")
        peak, _ = peak_of(COMMAND, "import", "all", "s.gz", *copy, cwd=folder)
        peaks.setdefault("import", []).append(peak)

    assert (tmp_path / "long" / "copy.db").stat().st_size > 2 * LITTLE
    assert {
        name: long - short for name, (short, long) in peaks.items() if long - short > LITTLE
    } == {}


def fill_up(database: Database, lines: int) -> None:
    long = "x" * 120
    few, many = [line("LAMP", n, "b1") for n in range(lines)], range(lines, 2 * lines)
    fill(
        database,
        {
            products: [product("LAMP", 2 * lines)],
            batches: [batch("b1", "LAMP", lines, lines)],
            order_lines: [*few, *(line("LAMP", n, None) for n in many)],
            messages: [message(n, "handled") | {"id": f"{n}{long}"} for n in range(lines)],
        },
    )
