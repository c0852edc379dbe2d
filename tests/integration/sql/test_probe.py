"""A probe looks at a SQLite file that the process has open, and harms nothing by it."""

import subprocess
import sys
from pathlib import Path

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.probe import Probe
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import BatchCreated
from allocation.errors import StoreLost, StoreUnavailable
from tests.support.commands import allocation
from tests.support.databases import SQLite
from tests.support.storages import OpenDatabase, sql_store

READ_AND_CLOSE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM batches").fetchall()
connection.close()
"""


def test_a_database_that_was_probed_is_still_in_use(sqlite_url: str, tmp_path: Path) -> None:
    parts = bootstrap(Settings(sqlite_url))
    backup = tmp_path / "backup.db"
    assert allocation("backup", backup, "--database", sqlite_url, cwd=tmp_path).returncode == 0

    parts.probe.check(True)

    restored = allocation("restore", backup, "--database", sqlite_url, cwd=tmp_path)
    assert restored.returncode == 2
    assert "is in use" in restored.stderr
    parts.handle(BatchCreated("b1", "LAMP", 10))
    parts.close()


def test_another_program_that_closes_a_probed_database_leaves_its_log(
    sqlite_url: str, sqlite: SQLite
) -> None:
    parts = bootstrap(Settings(sqlite_url))
    parts.handle(BatchCreated("b1", "LAMP", 10))
    file = sqlite_url.removeprefix("sqlite:///")

    parts.probe.check(False)
    subprocess.run([sys.executable, "-c", READ_AND_CLOSE, file], check=True)

    assert Path(f"{file}-wal").exists()
    assert parts.handle(BatchCreated("b2", "LAMP", 10)).error is None
    parts.close()


@pytest.mark.parametrize("write", [False, True])
def test_a_replaced_file_is_reported_and_left_alone(
    sqlite: SQLite, tmp_path: Path, write: bool
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    here, there = sqlite.migrated(tmp_path / "a"), sqlite.migrated(tmp_path / "b")
    path, other = (Path(url.removeprefix("sqlite:///")) for url in (here, there))
    parts = bootstrap(Settings(here))
    for number in range(50):
        parts.handle(BatchCreated(f"b{number}", "LAMP", 10))
    other.rename(path)
    before = path.read_bytes()

    with pytest.raises(StoreLost):
        parts.probe.check(write)

    parts.close()
    assert path.read_bytes() == before


def test_a_file_deleted_before_it_is_opened_is_not_created_again(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    database = Database(sqlite_url, create=False)
    path.unlink()

    with pytest.raises(StoreUnavailable), database.reading():
        pass

    assert not path.exists()


def test_a_probe_has_connections_of_its_own(open_database: OpenDatabase, database_url: str) -> None:
    database = open_database(database_url)
    with sql_store(database).begin():
        Probe(database).check(False)
