"""The feed skips nothing on PostgreSQL, in whatever order the writers of the log commit."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from random import Random
from typing import Any

import psycopg
import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import AllocationRequired, BatchCreated
from allocation.views import FeedViews
from tests.support.databases import PostgreSQL
from tests.support.log_writers import write
from tests.support.storages import OpenDatabase
from tests.support.waiting import wait_until

Connection = psycopg.Connection[Any]
Connect = Callable[[], Connection]


@pytest.fixture
def connect(postgresql_url: str) -> Iterator[Connect]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(psycopg.connect(postgresql_url)))


@pytest.fixture
def feed(postgresql_url: str, open_database: OpenDatabase) -> FeedViews:
    return FeedViews(open_database(postgresql_url))


def ids(feed: FeedViews, after: int = 0) -> list[str]:
    """What a follower can read now."""
    _, portion = feed.tail(after)
    return [message.id for message in portion.messages]


def test_a_follower_waits_for_a_slow_transaction_and_skips_nothing_of_it(
    feed: FeedViews, connect: Connect
) -> None:
    slow, quick = connect(), connect()
    write(slow, "first")
    write(quick, "second")
    quick.commit()

    assert ids(feed) == []
    assert ids(feed) == []
    slow.commit()
    assert ids(feed) == ["first", "second"]


def test_the_lag_is_the_time_for_which_a_transaction_has_kept_a_follower_waiting(
    feed: FeedViews, connect: Connect
) -> None:
    slow = connect()
    assert feed.tail(0)[0].lag == 0
    write(slow, "first")
    first, _ = feed.tail(0)
    later, _ = feed.tail(0)
    assert later.lag > first.lag > 0
    assert (later.last, later.settled) == (1, 0)

    slow.rollback()
    assert feed.tail(0)[0].lag == 0


def test_a_number_that_was_rolled_back_is_waited_for_no_longer(
    feed: FeedViews, connect: Connect
) -> None:
    failing, other = connect(), connect()
    write(failing, "never")
    write(other, "second")
    other.commit()
    assert ids(feed) == []

    failing.rollback()
    assert ids(feed) == ["second"]


def test_the_number_of_a_writer_that_was_killed_is_waited_for_no_longer(
    feed: FeedViews, connect: Connect
) -> None:
    killed, other = connect(), connect()
    write(killed, "never")
    write(other, "second")
    other.commit()
    assert ids(feed) == []

    other.execute("SELECT pg_terminate_backend(%s)", (killed.info.backend_pid,))
    assert wait_until(lambda: ids(feed), "the second message can be read") == ["second"]


def test_a_transaction_that_begins_later_does_not_hold_up_what_came_before_it(
    feed: FeedViews, connect: Connect
) -> None:
    slow, late = connect(), connect()
    write(slow, "first")
    assert ids(feed) == []
    write(late, "second")
    slow.commit()

    assert ids(feed) == ["first"]
    late.commit()
    assert ids(feed, after=1) == ["second"]


def test_transactions_that_write_no_messages_hold_up_nobody(
    feed: FeedViews, connect: Connect, postgresql: PostgreSQL
) -> None:
    reader, locker, writer = connect(), connect(), connect()
    reader.execute("SELECT * FROM messages FOR UPDATE")
    locker.execute("INSERT INTO products VALUES ('LAMP', 1, 0, false)")
    with postgresql.migrated() as url, closing(psycopg.connect(url)) as stranger:
        write(stranger, "in another database")
        write(writer, "first")
        writer.commit()
        assert ids(feed) == ["first"]
        stranger.rollback()


def test_every_message_is_read_once_and_in_order_while_many_write_and_some_roll_back(
    feed: FeedViews, connect: Connect
) -> None:
    committed, turn = set[str](), threading.Lock()

    def run(number: int, connection: Connection) -> None:
        random = Random(number)
        for n in range(150):
            names = [f"{number}-{n}-{m}" for m in range(random.randint(1, 3))]
            for name in names:
                write(connection, name)
            if random.random() < 0.2:
                connection.rollback()
            else:
                connection.commit()
                with turn:
                    committed.update(names)

    seen, after = list[str](), 0

    def follow() -> None:
        nonlocal after
        _, portion = feed.tail(after, 50)
        numbers = [message.seq for message in portion.messages]
        assert numbers == sorted(numbers)
        seen.extend(message.id for message in portion.messages)
        after = portion.through

    connections = [connect() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(run, *each) for each in enumerate(connections)]
        while not all(each.done() for each in running):
            follow()
        for each in running:
            each.result()
    while len(seen) < len(committed):
        follow()
    assert len(seen) == len(set(seen))
    assert set(seen) == committed


def test_a_message_takes_its_number_after_the_lock_of_its_product(
    postgresql_url: str, connect: Connect
) -> None:
    locker, watcher = connect(), connect()
    with (
        closing(bootstrap(Settings(postgresql_url))) as application,
        ThreadPoolExecutor(1) as pool,
    ):
        application.handle(BatchCreated("b1", "LAMP", 10))
        locker.execute("SELECT * FROM products WHERE sku = 'LAMP' FOR UPDATE")
        event = AllocationRequired("o1", "LAMP", 1)
        answer = pool.submit(application.handle, event)
        wait_until(lambda: is_blocked(watcher), "the message waits for the product")
        assert last_number(watcher) == 1

        locker.rollback()
        assert answer.result().error is None
        assert last_number(watcher) > 1


def is_blocked(watcher: Connection) -> bool:
    watcher.rollback()
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
    row = watcher.execute(waiting).fetchone()
    return row is not None and row[0] > 0


def last_number(watcher: Connection) -> int:
    row = watcher.execute("SELECT last_value FROM messages_seq_seq").fetchone()
    assert row is not None
    return int(row[0])


def test_on_sqlite_every_message_that_is_committed_can_be_read(
    sqlite_url: str, open_database: OpenDatabase
) -> None:
    database: Database = open_database(sqlite_url)
    feed = FeedViews(database)
    with closing(bootstrap(Settings(sqlite_url))) as application:
        answer = application.handle(BatchCreated("b1", "LAMP", 10))
        progress, portion = feed.tail(0)
    assert [message.id for message in portion.messages] == [answer.id]
    assert (progress.last, progress.settled, progress.lag) == (1, 1, 0)
