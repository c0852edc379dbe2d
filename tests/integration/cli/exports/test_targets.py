"""Where an export goes, and what is left if it does not get there."""

import signal
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from python_calamine import CalamineWorkbook

from allocation.entrypoints.cli.exporting import kinds
from tests.integration.cli.conftest import Run
from tests.support.busy_shop import open_the_shop
from tests.support.commands import COMMAND, allocation_here, an_environment
from tests.support.exported import TABLES, csv_rows


def test_an_empty_export_has_a_header_and_says_so(run: Run, tmp_path: Path) -> None:
    for table in TABLES:
        ended = run("export", table, f"{table}.csv")
        assert ended.returncode == 0
        assert ended.stderr.startswith("There are no ")
        assert len((tmp_path / f"{table}.csv").read_text().splitlines()) == 1


def test_a_file_is_replaced_only_if_that_is_asked_for(busy: Run, tmp_path: Path) -> None:
    file = tmp_path / "b.csv"
    file.write_text("mine")

    refused = busy("export", "batches", file)

    assert refused.returncode == 2
    assert refused.stderr == f"error: {file}: the file exists already; --force replaces it\n"
    assert file.read_text() == "mine"
    assert busy("export", "batches", file, "--force").returncode == 0
    assert len(csv_rows(file)) == 23
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.glob("*b.csv*")] == ["b.csv"]


def test_a_database_is_never_replaced(sqlite_url: str, tmp_path: Path) -> None:
    open_the_shop(sqlite_url)
    file = sqlite_url.removeprefix("sqlite:///")
    words = ("--force", "--database", sqlite_url)

    for export in (("batches", file, "--format", "csv"), ("all", file)):
        ended = allocation_here("export", *export, *words, cwd=tmp_path)
        assert ended.returncode == 2
        assert "it is a SQLite database, and is left unchanged" in ended.stderr
    assert allocation_here("verify", "--database", sqlite_url, cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("file", "words", "reason"),
    [
        ("b.txt", (), "choose one with --format"),
        ("b", (), "choose one with --format"),
        ("nowhere/b.csv", (), "its directory does not exist"),
        ("folder.csv", ("--force",), "not a regular file"),
        ("b.csv", ("--format", "pdf"), "'pdf' is not one of"),
        ("-", ("--format", "xlsx"), "only CSV is written to standard output"),
    ],
)
def test_a_target_that_cannot_be_used_is_refused(
    run: Run, tmp_path: Path, file: str, words: tuple[str, ...], reason: str
) -> None:
    (tmp_path / "folder.csv").mkdir()

    ended = run("export", "batches", file, *words)

    assert ended.returncode == 2
    assert reason in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not [one for one in tmp_path.iterdir() if ".part" in one.name]


def test_the_format_can_be_given(busy: Run, tmp_path: Path) -> None:
    assert busy("export", "batches", "b.TXT", "--format", "csv").returncode == 0
    assert busy("export", "batches", "b.XLSX").returncode == 0
    assert len(csv_rows(tmp_path / "b.TXT")) == 23
    assert CalamineWorkbook.from_path(tmp_path / "b.XLSX").sheet_names == ["batches"]


@pytest.mark.parametrize("name", ["b.csv", "b.xlsx"])
def test_an_interrupted_export_leaves_nothing_and_says_so(
    busy: Run, tmp_path: Path, name: str
) -> None:
    read = kinds.BATCHES.read

    def interrupted(*arguments: Any) -> Iterator[Any]:
        yield from read(*arguments)
        signal.raise_signal(signal.SIGINT)

    kind = replace(kinds.BATCHES, read=interrupted)  # type: ignore[arg-type]
    with mock.patch.object(kinds, "BATCHES", kind):
        ended = busy("export", "batches", name)

    assert ended.returncode == 130
    assert ended.stderr == "Interrupted: nothing has been exported.\n"
    assert not [*tmp_path.glob("*b.*")]


def test_a_missing_database_is_not_created(tmp_path: Path) -> None:
    ended = allocation_here("export", "batches", "b.csv", cwd=tmp_path)

    assert ended.returncode == 2
    assert [*tmp_path.iterdir()] == []


def test_a_name_may_be_as_long_as_a_file_s_can_be(busy: Run, tmp_path: Path) -> None:
    name = f"{'ü' * 124}.xlsx"
    assert busy("export", "batches", name).returncode == 0
    assert [one.name for one in tmp_path.glob("*.xlsx")] == [name]


def test_a_state_is_not_written_to_standard_output(run: Run, tmp_path: Path) -> None:
    ended = run("export", "all", "-")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "name a file" in ended.stderr
    assert not (tmp_path / "-").exists()


def test_a_disk_that_is_full_is_an_error_in_one_line(sqlite_url: str, tmp_path: Path) -> None:
    open_the_shop(sqlite_url)
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            (COMMAND, "export", "batches", "-", "--database", sqlite_url),
            cwd=tmp_path,
            env=an_environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert ended.returncode == 2
    assert ended.stderr == "error: standard output: No space left on device\n"


@pytest.mark.parametrize("words", ["list batches --csv", "list orders --json"])
def test_an_unbuffered_output_that_takes_only_a_part_is_an_error(
    sqlite_url: str, tmp_path: Path, words: str
) -> None:
    open_the_shop(sqlite_url)
    limited = f"ulimit -f 1; exec {COMMAND} {words} --database {sqlite_url} > rows.csv"
    ended = subprocess.run(
        ("bash", "-c", limited),
        cwd=tmp_path,
        env={**an_environment(), "PYTHONUNBUFFERED": "1"},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert (tmp_path / "rows.csv").stat().st_size == 1024
    assert ended.returncode == 2
    assert ended.stderr == "error: standard output: File too large\n"
