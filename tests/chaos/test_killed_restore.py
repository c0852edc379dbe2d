"""`kill -9` of a restore, wherever it is."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import BatchCreated
from tests.chaos.child_server import REPOSITORY

FORMER, RESTORED = ["new", "old"], ["copied", "old"]


@pytest.fixture
def before(sqlite_url: str, tmp_path: Path) -> Path:
    """A folder as a killed process leaves it, part of the database in its log, with a backup."""
    folder = tmp_path / "points" / "before"
    folder.mkdir(parents=True)
    with closing(bootstrap(Settings(sqlite_url))) as parts:
        parts.handle(BatchCreated("old", "LAMP", 1))
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    shutil.copy(file, folder / "copy.db")
    with closing(bootstrap(Settings(f"sqlite:///{folder}/copy.db"))) as parts:
        parts.handle(BatchCreated("copied", "LAMP", 1))
    with closing(bootstrap(Settings(sqlite_url))) as parts:
        parts.handle(BatchCreated("new", "LAMP", 1))
        for end in ("", "-wal", "-shm"):
            shutil.copy(f"{file}{end}", folder / f"stock.db{end}")
    return folder


def test_either_database_is_there_whole(before: Path) -> None:
    command = [sys.executable, "-m", "tests.chaos.restoring_child", str(before.parent)]
    subprocess.run(command, cwd=REPOSITORY, check=True, timeout=120)

    points = sorted((p for p in before.parent.iterdir() if p != before), key=lambda p: int(p.name))
    references_at = [references(point / "stock.db") for point in points]

    assert len(references_at) > 8
    assert references_at[0] == FORMER
    assert references_at[-1] == RESTORED
    assert all(one in (FORMER, RESTORED) for one in references_at)
    for point, one in zip(points, references_at, strict=True):
        if one == RESTORED:
            (former,) = point.glob("stock.db.before-*")
            assert references(former) == FORMER


def references(file: Path) -> list[str]:
    """The batches in a file, and in what is beside it, as whoever opens it next finds them."""
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [ref for (ref,) in connection.execute("SELECT reference FROM batches ORDER BY 1")]
