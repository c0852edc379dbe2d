"""PostgreSQL's connection holds nobody up: not the next statement, and not the event loop."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Final

import psycopg
import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.sync_bridge import run_sync
from tests.support import waiting
from tests.support.storages import OpenDatabase

ADD: Final = "INSERT INTO products VALUES ('CHAIR', 1, 0, false, 0, NULL, 0)"
SELL_OUT: Final = "UPDATE products SET out_of_stock = true"
STATES: Final = (
    "SELECT state, wait_event_type = 'Lock' FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
)

END_WHO_WAITS: Final = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def database(postgresql_url: str, open_database: OpenDatabase) -> Database:
    """A product, and one connection that has been used."""
    database = open_database(postgresql_url)
    with database.begin(snapshot=False) as driver:
        driver.execute(ADD)
        driver.commit()
    return database


class Observer:
    """Sees what the server is doing; has the product in hand, if asked to."""

    def __init__(self, url: str) -> None:
        self._url = url

    def sees(self, state: tuple[str, bool]) -> bool:
        with psycopg.connect(self._url, autocommit=True) as connection:
            return state in connection.execute(STATES).fetchall()

    @contextmanager
    def with_the_product_in_hand(self) -> Iterator[Callable[[], None]]:
        """Gives what lets it go."""
        with psycopg.connect(self._url) as connection:
            connection.execute("SELECT FROM products FOR UPDATE")
            yield connection.rollback


@pytest.fixture
def observer(postgresql_url: str) -> Observer:
    return Observer(postgresql_url)


def sell_out(database: Database) -> None:
    with database.begin(snapshot=False) as driver:
        driver.execute(SELL_OUT, rows=1)
        driver.commit()


def is_sold_out(database: Database) -> bool:
    with database.reading() as connection:
        return bool(connection.exec_driver_sql("SELECT out_of_stock FROM products").scalar_one())


class TestTogether:
    """What is written together is not waited for one by one."""

    def test_the_next_is_made_ready_while_the_server_works(
        self, database: Database, observer: Observer
    ) -> None:
        with database.begin(snapshot=False) as driver:
            with observer.with_the_product_in_hand() as let_go, driver.pipelined():
                driver.execute(SELL_OUT, rows=1)
                waiting.wait_until(lambda: observer.sees(("active", True)), "it waits")
                let_go()
            driver.commit()
        assert is_sold_out(database)

    def test_a_process_stopped_in_between_is_idle_in_its_transaction(
        self, database: Database, observer: Observer
    ) -> None:
        """So that the server does not wait for it for ever, as it would in a pipeline."""
        with database.begin(snapshot=False) as driver, driver.pipelined():
            driver.execute(SELL_OUT, rows=1)
            waiting.wait_until(
                lambda: observer.sees(("idle in transaction", False)), "the server is done"
            )


def test_a_transaction_that_has_failed_is_not_taken_for_committed(database: Database) -> None:
    """PostgreSQL takes COMMIT for a ROLLBACK then, and says no more than that."""
    with database.begin(snapshot=False) as driver:
        driver.execute(SELL_OUT)
        with pytest.raises(Conflict):
            driver.execute(ADD)
        with pytest.raises(StoreUnavailable, match="had failed before"):
            driver.commit()
    assert not is_sold_out(database)


async def seen(observer: Observer, state: tuple[str, bool]) -> None:
    while not observer.sees(state):
        await asyncio.sleep(0.001)


class TestWoven:
    """In the event loop."""

    @pytest.mark.parametrize("pipelined", [False, True])
    async def test_waiting_for_a_lock_does_not_block_the_loop(
        self, database: Database, observer: Observer, pipelined: bool
    ) -> None:
        def sell_out_twice() -> None:
            with database.begin(snapshot=False) as driver:
                with driver.pipelined() if pipelined else nullcontext():
                    driver.execute(SELL_OUT, rows=1)
                    driver.execute(SELL_OUT, rows=1)
                driver.commit()

        with observer.with_the_product_in_hand() as let_go:
            selling = asyncio.create_task(run_sync(sell_out_twice))
            await seen(observer, ("active", True))
            let_go()
            await selling
        assert is_sold_out(database)

    async def test_waiting_in_begin_or_prepare_does_not_block_the_loop(
        self, database: Database, observer: Observer
    ) -> None:
        """The server answers to that at once, and to the statement later."""

        def begin_and_sell_out() -> None:
            with database.writing() as connection:
                connection.exec_driver_sql(SELL_OUT)
                connection.commit()

        for n in range(8):  # one of the first of them is prepared
            act = begin_and_sell_out if n % 2 else partial(sell_out, database)
            with observer.with_the_product_in_hand() as let_go:
                selling = asyncio.create_task(run_sync(act))
                await seen(observer, ("active", True))
                let_go()
                await selling

    async def test_a_transaction_cancelled_while_it_waits_leaves_nothing(
        self, database: Database, observer: Observer
    ) -> None:
        with observer.with_the_product_in_hand() as let_go:
            selling = asyncio.create_task(run_sync(lambda: sell_out(database)))
            await seen(observer, ("active", True))
            selling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await selling
            let_go()
        assert not is_sold_out(database)
        await run_sync(lambda: sell_out(database))
        assert is_sold_out(database)

    async def test_errors_are_in_our_words(self, database: Database) -> None:
        def add_again() -> None:
            with database.begin(snapshot=False) as driver, driver.pipelined():
                driver.execute(ADD)
                driver.execute(SELL_OUT)

        with pytest.raises(Conflict):
            await run_sync(add_again)
        await run_sync(lambda: sell_out(database))
        assert is_sold_out(database)

    async def test_a_server_that_goes_away_meanwhile(
        self, database: Database, observer: Observer, postgresql_url: str
    ) -> None:
        with observer.with_the_product_in_hand() as let_go:
            selling = asyncio.create_task(run_sync(lambda: sell_out(database)))
            await seen(observer, ("active", True))
            with psycopg.connect(postgresql_url, autocommit=True) as connection:
                connection.execute(END_WHO_WAITS)
            with pytest.raises(StoreUnavailable):
                await selling
            let_go()
        await run_sync(lambda: sell_out(database))

    async def test_a_server_that_does_not_answer_leaves_the_loop_to_others(
        self, open_database: OpenDatabase
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            database = open_database(f"postgresql://postgres@127.0.0.1:{port}/nothing")
            selling = asyncio.create_task(run_sync(lambda: sell_out(database)))
            server.setblocking(False)
            silent, _ = await asyncio.get_running_loop().sock_accept(server)
            silent.close()
        with pytest.raises(StoreUnavailable):
            await selling
