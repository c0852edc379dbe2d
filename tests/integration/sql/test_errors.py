"""What a driver's errors become: Conflict, to try again; StoreUnavailable, to wait."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from allocation.adapters.sql.engine import opening
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.domain.events import AllocationRequired, BatchCreated
from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.sync_bridge import run_sync
from allocation.service_layer import handlers
from tests.support.databases import PostgreSQL, running_server
from tests.support.groups import NOW, an_entry
from tests.support.storages import OpenDatabase, sql_store

CREATED = BatchCreated("b1", "CHAIR", 10)


def add_batch(database: Database) -> None:
    handlers.add_batch(CREATED, SqlAlchemyUnitOfWork(database))


def write(database: Database) -> None:
    with sql_store(database).begin() as transaction:
        transaction.write(an_entry(CREATED, "m1"))
        transaction.commit()


def look(database: Database) -> None:
    sql_store(database).due(NOW)


@pytest.mark.parametrize("act", [add_batch, write, look])
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://postgres@127.0.0.1:1/postgres",
        "postgresql://postgres@/postgres?host=/nowhere/at/all",
        "sqlite:////proc/allocation.db",
    ],
)
def test_a_database_that_is_not_there(
    open_database: OpenDatabase, url: str, act: Callable[[Database], None]
) -> None:
    with pytest.raises(StoreUnavailable):
        act(open_database(url))


def test_a_database_without_that_name(postgresql_url: str, open_database: OpenDatabase) -> None:
    with pytest.raises(StoreUnavailable, match="does not exist"):
        add_batch(open_database(postgresql_url.replace("/test_", "/no_")))


def test_a_database_file_that_is_broken(tmp_path: Path, open_database: OpenDatabase) -> None:
    (tmp_path / "broken.db").write_bytes(b"SQLite format 3\0" + b"and then something else" * 100)
    with pytest.raises(StoreUnavailable, match="not a database") as error:
        add_batch(open_database(f"sqlite:///{tmp_path}/broken.db"))
    assert error.value.where == f"sqlite:///{tmp_path}/broken.db"


class TestServerLost:
    """The server ends the connection, as it does when it is stopped."""

    @pytest.fixture
    def database(self, postgresql_url: str, open_database: OpenDatabase) -> Database:
        database = open_database(postgresql_url)
        add_batch(database)
        return database

    def hang_up(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def test_before_the_first_statement(self, database: Database, postgresql_url: str) -> None:
        """A new connection is made, and nobody notices."""
        self.hang_up(postgresql_url)
        handlers.allocate(AllocationRequired("o1", "CHAIR", 3), SqlAlchemyUnitOfWork(database))

    def test_before_the_commit(self, database: Database, postgresql_url: str) -> None:
        with pytest.raises(StoreUnavailable), sql_store(database).begin() as transaction:
            assert transaction.find(["m1"]) == {}
            transaction.write(an_entry(CREATED, "m1"))
            self.hang_up(postgresql_url)
            transaction.commit()
        with sql_store(database).begin() as transaction:
            assert transaction.find(["m1"]) == {}

    def test_at_the_very_commit(self, database: Database, postgresql_url: str) -> None:
        with pytest.raises(StoreUnavailable), database.writing() as connection:
            connection.execute(text("UPDATE products SET out_of_stock = true"))
            self.hang_up(postgresql_url)
            connection.commit()


def test_a_server_that_is_stopped(postgresql: PostgreSQL, open_database: OpenDatabase) -> None:
    with running_server() as server, PostgreSQL(server).migrated() as url:
        database = open_database(url)
        add_batch(database)
        with pytest.raises(StoreUnavailable), sql_store(database).begin() as transaction:
            server.stop()
            transaction.find(["m1"])
        for act in (add_batch, write, look):
            with pytest.raises(StoreUnavailable):
                act(database)
        server.start()
        write(database)


def test_a_locked_file(
    sqlite_url: str, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = open_database(sqlite_url)
    monkeypatch.setattr(opening, "BUSY_TIMEOUT", 1)
    waiting = open_database(sqlite_url)
    with holder.writing():
        look(waiting)
        for act in (add_batch, write):
            with pytest.raises(StoreUnavailable, match="locked"):
                act(waiting)
    write(waiting)


async def test_a_locked_file_leaves_an_event_loop_to_others(
    sqlite_url: str, open_database: OpenDatabase
) -> None:
    holder, waiting = open_database(sqlite_url), open_database(sqlite_url)
    with holder.writing():
        writing = asyncio.create_task(run_sync(lambda: write(waiting)))
        await asyncio.sleep(0)
        assert not writing.done()
    await writing
    with sql_store(waiting).begin() as transaction:
        assert set(transaction.find(["m1"])) == {"m1"}


def test_a_deadlock_is_a_conflict(postgresql_url: str, open_database: OpenDatabase) -> None:
    database = open_database(postgresql_url)
    with database.writing() as setting:
        rows = "('A', 1, 0, false, 0, NULL, 0), ('B', 1, 0, false, 0, NULL, 0)"
        setting.execute(text(f"INSERT INTO products VALUES {rows}"))
        setting.commit()
    lock = text("SELECT FROM products WHERE sku = :sku FOR UPDATE")
    other_database = open_database(postgresql_url)
    with database.writing() as mine, other_database.writing() as theirs:
        mine.execute(lock, {"sku": "A"})
        theirs.execute(lock, {"sku": "B"})
        with ThreadPoolExecutor(1) as other, pytest.raises(Conflict, match="deadlock"):
            crossing = other.submit(theirs.execute, lock, {"sku": "A"})
            try:
                mine.execute(lock, {"sku": "B"})
            finally:
                mine.rollback()
                crossing.result()


def test_a_serialization_failure_is_a_conflict(
    postgresql_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(postgresql_url)
    add_batch(database)
    raised = text("UPDATE products SET version_number = version_number + 1")
    with pytest.raises(Conflict, match="could not serialize"), database.reading() as mine:
        mine.execute(text("SELECT FROM products"))
        with database.writing() as theirs:
            theirs.execute(raised)
            theirs.commit()
        mine.execute(raised)
