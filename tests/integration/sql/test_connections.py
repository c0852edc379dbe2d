"""Connections that PostgreSQL ends, that cannot write, or of which there are too few."""

import asyncio
from contextlib import ExitStack
from functools import partial
from typing import Final

import psycopg
import pytest
from greenlet import greenlet
from sqlalchemy import text

from allocation.adapters.sql.engine import postgresql_settings
from allocation.adapters.sql.engine.database import Database
from allocation.domain.events import BatchCreated
from allocation.messaging.errors import ReadOnlyStore, StoreUnavailable
from allocation.messaging.sync_bridge import run_sync
from tests.support import waiting
from tests.support.groups import an_entry
from tests.support.storages import OpenDatabase, sql_store

ENTRY: Final = an_entry(BatchCreated("b1", "CHAIR", 10), "m1")
AT_ONCE: Final = 15
"""Connections that there are."""


@pytest.fixture
def database(postgresql_url: str, open_database: OpenDatabase) -> Database:
    return open_database(postgresql_url)


def write(database: Database) -> None:
    with sql_store(database).begin() as transaction:
        transaction.write(ENTRY)
        transaction.commit()


class TestServerThatOnlyReads:
    """As after a failover: what was the primary has become a standby."""

    def test_is_left_for_another_one(self, database: Database, postgresql_url: str) -> None:
        """The connection is given up; a new one may lead to the server that can be written."""
        self.turn(postgresql_url, read_only="on")
        with pytest.raises(ReadOnlyStore, match="read-only") as refused:
            write(database)
        assert refused.value.code == "store_read_only"
        self.turn(postgresql_url, read_only="off")  # for new connections
        write(database)

    def turn(self, url: str, *, read_only: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(
                f"ALTER DATABASE {connection.info.dbname}"
                f" SET default_transaction_read_only = {read_only}"
            )


class TestStoppedTooLong:
    """PostgreSQL ends the transaction of a process that was stopped in the middle of it."""

    @pytest.mark.parametrize("go_on", ["find", "commit"])
    def test_is_trouble_with_the_store(
        self,
        postgresql_url: str,
        open_database: OpenDatabase,
        monkeypatch: pytest.MonkeyPatch,
        go_on: str,
    ) -> None:
        monkeypatch.setitem(
            postgresql_settings.SETTINGS, "idle_in_transaction_session_timeout", "20ms"
        )
        store = sql_store(open_database(postgresql_url))
        with pytest.raises(StoreUnavailable), store.begin() as transaction:
            transaction.find(["m1"])
            transaction.write(ENTRY)
            waiting.wait_until(lambda: nobody_is_in_a_transaction(postgresql_url), "the end")
            transaction.find(["m2"]) if go_on == "find" else transaction.commit()
        with store.begin() as transaction:
            assert transaction.find(["m1"]) == {}


def nobody_is_in_a_transaction(url: str) -> bool:
    with psycopg.connect(url, autocommit=True) as connection:
        count = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
        ).fetchone()
    return count == (0,)


class TestManyAtOnce:
    """More transactions at the same time than there are connections."""

    def test_many_writers_leave_connections_to_readers(self, database: Database) -> None:
        with ExitStack() as many:
            for _ in range(AT_ONCE):
                # Each by somebody else: nobody has two of them open.
                begin = partial(many.enter_context, database.begin(snapshot=False))
                greenlet(begin).switch()
        with database.reading() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1

    async def test_many_writers_do_not_block_the_loop_while_they_wait(
        self, database: Database
    ) -> None:
        def read() -> int:
            with database.reading() as connection:
                return int(connection.execute(text("SELECT 1")).scalar_one())

        with ExitStack() as many:
            for _ in range(AT_ONCE):
                many.enter_context(database.reading())
            reading = asyncio.create_task(run_sync(read))
            for _ in range(10):
                await asyncio.sleep(0)
            assert not reading.done()
        assert await reading == 1

    def test_have_to_wait_for_one(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(database.engine.pool, "_timeout", 0.01)  # seconds, else thirty
        with ExitStack() as many, pytest.raises(StoreUnavailable, match="limit"):
            for _ in range(AT_ONCE + 1):
                many.enter_context(database.reading())
