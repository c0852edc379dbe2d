"""The folders with imported files: those of killed servers are removed, those of others are not."""

import tempfile
from pathlib import Path

import pytest

from allocation.entrypoints.board.imports.server_folders import (
    PREFIX,
    remove_abandoned_folders,
    server_folder,
)
from allocation.entrypoints.board.imports.server_jobs import importing_files
from tests.integration.http.board.test_import_jobs import FILE, add, admits_all, at_work, done


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def of_a_killed_server(temporary: Path) -> Path:
    """A folder that nobody has locked, with a file."""
    folder = temporary / f"{PREFIX}killed"
    (folder / "job").mkdir(parents=True)
    (folder / "job" / "uploaded").write_text(FILE)
    return folder


async def test_a_server_that_starts_removes_the_files_of_killed_ones(
    sqlite_url: str, temporary: Path
) -> None:
    folder = of_a_killed_server(temporary)

    async with at_work(sqlite_url) as parts, importing_files(*parts, admits_all) as jobs:
        assert not folder.exists()
        await done(jobs, add(jobs, FILE))
        assert jobs.folder.parent == temporary

    assert list(temporary.iterdir()) == []


def test_the_files_of_a_server_that_is_running_are_not_removed(temporary: Path) -> None:
    killed = of_a_killed_server(temporary)
    with server_folder() as folder:
        remove_abandoned_folders()

        assert folder.exists()
        assert not killed.exists()
    assert not folder.exists()


def test_what_is_no_folder_of_a_server_stays(temporary: Path) -> None:
    others = {temporary / f"{PREFIX}file", temporary / "other"}
    for path in others:
        path.write_text("")
    (temporary / f"{PREFIX}link").symlink_to(temporary)

    remove_abandoned_folders()

    assert set(temporary.iterdir()) == others | {temporary / f"{PREFIX}link"}
