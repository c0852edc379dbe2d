"""The file of a SQLite database: who may read it, and how it is found."""

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.migrate import upgrade


@pytest.fixture(params=[0o000, 0o022], ids=["open to all", "the usual"])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the shell leaves of the modes of new files."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_a_new_file_and_its_log_are_readable_by_the_owner_only(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/stock.db")
    with closing(database):
        upgrade(database)
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}

    assert modes == {"stock.db": 0o600, "stock.db-shm": 0o600, "stock.db-wal": 0o600}


def test_an_existing_file_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "stock.db"
    file.touch()
    file.chmod(0o640)
    database = Database(f"sqlite:///{file}")
    with closing(database):
        upgrade(database)
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert stat.S_IMODE(file.with_name("stock.db-wal").stat().st_mode) == 0o640


@pytest.mark.parametrize("name", ["a?mode=memory.db", "100%25.db", "a#b.db", "ö b.db"])
def test_a_name_is_no_option(tmp_path: Path, name: str) -> None:
    database = Database(f"sqlite:///{tmp_path}/{name.replace('?', '%3F')}")
    with closing(database):
        upgrade(database)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_link_to_a_missing_file_creates_its_target(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "stock.db")
    database = Database(f"sqlite:///{tmp_path}/link.db")
    with closing(database):
        upgrade(database)
    assert (tmp_path / "link.db").is_symlink()
    assert stat.S_IMODE((tmp_path / "stock.db").stat().st_mode) == 0o600
