"""`kill -9` of a restore, wherever it is."""

import itertools
import shutil
import signal
from contextlib import closing
from pathlib import Path

import pytest

from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import BatchCreated
from tests.chaos.child import exit_code_of, restore_until
from tests.support.files import references

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


def test_a_restore_killed_at_any_point_leaves_either_database_whole(before: Path) -> None:
    points = [before.with_name("0")]
    for number in itertools.count():
        code = exit_code_of(restore_until, number, Path(shutil.copytree(before, points[-1])))
        if code == 0:
            break
        assert code == -signal.SIGKILL
        points.append(before.with_name(str(number + 1)))
    references_at = [references(point / "stock.db") for point in points]

    assert len(references_at) > 8
    assert references_at[0] == FORMER
    assert references_at[-1] == RESTORED
    assert all(one in (FORMER, RESTORED) for one in references_at)
    for point, one in zip(points, references_at, strict=True):
        if one == RESTORED:
            (former,) = point.glob("stock.db.before-*")
            assert references(former) == FORMER
