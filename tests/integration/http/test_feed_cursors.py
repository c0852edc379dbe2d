"""Cursors of the feed that cannot be used any more: 410, and where to begin."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from httpx import Response
from sqlalchemy import select, update

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.message_log.retention import Retention
from allocation.adapters.sql.schema import log_state, messages
from allocation.bootstrap import back_up, bootstrap, now, restore
from allocation.config import Settings
from allocation.domain.events import BatchCreated
from tests.integration.http.conftest import Client, Serve
from tests.support.feed import everything, page
from tests.support.processors import AT_ONCE
from tests.support.requests import add_batch

WEEK = timedelta(days=7)


def refused(answer: Response, code: str) -> str:
    """The cursor from which the feed is complete, of an answer that refuses another one."""
    assert (answer.status_code, answer.json()["code"]) == (410, code), answer.text
    return str(answer.json()["first"])


def prune(client: Client, count: int) -> None:
    """Remove the first messages from the log, as if they were old."""
    database: Database = client.app.state.application.database
    for these, age in ((messages.c.seq <= count, 2 * WEEK), (messages.c.seq > count, WEEK / 2)):
        with database.writing() as connection:
            connection.execute(update(messages).where(these).values(at=now() - age))
            connection.commit()
    assert sum(Retention(database, now, AT_ONCE).prune(WEEK)) == count


def test_a_cursor_before_what_was_pruned_is_refused_with_the_first_that_is_not(
    any_client: Client,
) -> None:
    for n in range(6):
        add_batch(any_client, f"b{n}")
    events = everything(any_client)
    prune(any_client, 3)

    first = refused(
        any_client.get("/events", params={"after": events[1]["cursor"]}), "cursor_too_old"
    )
    assert first == events[2]["cursor"]
    rest = [event["id"] for event in events[3:]]
    assert [event["id"] for event in everything(any_client, after=first)] == rest
    assert [event["id"] for event in everything(any_client)] == rest


def test_a_stream_is_refused_like_a_page(any_client: Client) -> None:
    for n in range(4):
        add_batch(any_client, f"b{n}")
    events = everything(any_client)
    prune(any_client, 2)
    headers = {"Accept": "text/event-stream", "Last-Event-ID": events[0]["cursor"]}
    refused(any_client.get("/events", headers=headers), "cursor_too_old")


def test_what_is_pruned_is_recorded_although_older_messages_of_open_chains_stay(
    any_client: Client,
) -> None:
    for n in range(5):
        add_batch(any_client, f"b{n}")
    database: Database = any_client.app.state.application.database
    with database.writing() as connection:
        connection.execute(update(messages).where(messages.c.seq == 1).values(status="dead"))
        connection.execute(update(messages).values(at=now() - WEEK / 2))
        connection.execute(update(messages).where(messages.c.seq <= 3).values(at=now() - 2 * WEEK))
        connection.commit()
    assert sum(Retention(database, now, AT_ONCE).prune(WEEK)) == 2
    with database.reading() as connection:
        assert connection.execute(select(log_state.c.pruned_through)).scalar_one() == 3
        assert connection.execute(select(messages.c.seq).limit(1)).scalar_one() == 1


def test_a_cursor_of_another_database_is_refused(any_client: Client) -> None:
    first = page(any_client)["next"]
    answer = any_client.get("/events", params={"after": "0123456789abcdef-0"})
    assert refused(answer, "other_database") == first


def test_a_cursor_beyond_the_end_of_the_log_is_refused(any_client: Client) -> None:
    add_batch(any_client)
    last = page(any_client, after="last")["next"]
    beyond = f"{last.rpartition('-')[0]}-2"
    assert refused(
        any_client.get("/events", params={"after": beyond}), "other_database"
    ) == last.replace("-1", "-0")


def test_a_restored_database_refuses_the_cursors_of_the_one_before(
    sqlite_url: str, tmp_path: Path, serve: Serve
) -> None:
    settings, copy = Settings(sqlite_url), tmp_path / "copy.db"
    with closing(bootstrap(settings)) as application:
        application.handle(BatchCreated("b1", "LAMP", 10))
        _, portion = application.views.feed.tail(0)
        cursor = f"{portion.log.identity}-1"
    back_up(settings, copy, lambda *_: None)
    restore(settings, copy, lambda *_: None)

    client = serve(sqlite_url)
    first = refused(client.get("/events", params={"after": cursor}), "other_database")
    assert [event["data"]["ref"] for event in everything(client, after=first)] == ["b1"]


@pytest.mark.parametrize("name", ["wal", "shm"])
def test_a_restore_leaves_no_journal_beside_the_database(
    sqlite_url: str, tmp_path: Path, name: str
) -> None:
    settings, copy = Settings(sqlite_url), tmp_path / "copy.db"
    back_up(settings, copy, lambda *_: None)
    restore(settings, copy, lambda *_: None)
    assert list(tmp_path.glob(f"*-{name}")) == []
