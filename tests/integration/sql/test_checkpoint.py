"""The checkpoint: beside the writer, and of no concern to anybody."""

import shutil
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from allocation.adapters.sql.engine.checkpoint import checkpoint
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches
from allocation.adapters.sql.store import SqlStore
from allocation.domain.events import AllocationRequired, BatchCreated
from allocation.messaging.errors import StoreUnavailable
from tests.integration.http.conftest import served
from tests.support.files import references
from tests.support.groups import accepted
from tests.support.requests import add_batch
from tests.support.storages import OpenDatabase, sql_store
from tests.support.waiting import wait_until


@pytest.fixture
def database(sqlite_url: str, open_database: OpenDatabase) -> Database:
    """SQLite, with the tables."""
    return open_database(sqlite_url)


@pytest.fixture
def file(sqlite_url: str) -> Path:
    """The file itself."""
    return Path(sqlite_url.removeprefix("sqlite:///"))


def handle(store: SqlStore, message: BatchCreated | AllocationRequired) -> None:
    """In a group of its own."""
    with store.begin() as transaction:
        transaction.prefetch([message])
        accepted(transaction, message)
        transaction.commit()


def in_the_file_alone(file: Path) -> list[str]:
    """The batches that whoever has nothing but the file would see."""
    return references(Path(shutil.copy(file, file.with_name("copy.db"))))


def test_a_checkpoint_moves_written_pages_into_the_file(database: Database, file: Path) -> None:
    handle(sql_store(database), BatchCreated("b1", "LAMP", 100))
    assert in_the_file_alone(file) == []
    checkpoint(database)
    assert in_the_file_alone(file) == ["b1"]


def test_a_checkpoint_is_made_while_the_service_serves(sqlite_url: str, file: Path) -> None:
    with served(sqlite_url) as client:
        add_batch(client, "b1")
        wait_until(lambda: in_the_file_alone(file) == ["b1"], "it is in the file")


def test_a_checkpoint_and_a_group_do_not_wait_for_each_other(database: Database) -> None:
    store = sql_store(database)
    handle(store, BatchCreated("b1", "LAMP", 100))
    with store.begin() as transaction:
        accepted(transaction, AllocationRequired("o1", "LAMP", 1))
        begun = time.monotonic()
        checkpoint(database)
        assert time.monotonic() - begun < 5, "else it has waited for the file"
        transaction.commit()
    with database.reading() as connection:
        checkpoint(database)
        assert connection.execute(select(batches.c.allocated_quantity)).scalar_one() == 1


def test_a_checkpoint_of_a_missing_file_is_a_translated_error(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    database = Database(f"sqlite:///{folder / 'stock.db'}")
    folder.rmdir()
    with pytest.raises(StoreUnavailable, match="unable to open"):
        checkpoint(database)
