"""Health: what is true, and told fast, whatever else is going on."""

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from allocation.entrypoints.http import readiness
from allocation.entrypoints.http.feed import feed
from allocation.errors import StoreUnavailable
from tests.integration.http.conftest import Client, Serve
from tests.support.databases import PostgreSQL
from tests.support.log_writers import write
from tests.support.processors import AT_ONCE
from tests.support.requests import a_batch_body, add_batch, post
from tests.support.storages import OpenDatabase
from tests.support.troubled_store import TroubledStore
from tests.support.waiting import TIMEOUT, wait_until

READY = ("/health", "/health/ready")


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe looks anew every time."""
    monkeypatch.setattr(readiness, "CACHED_FOR", -1.0)


@pytest.mark.parametrize("page", ["/health/live", *READY])
def test_all_is_well(any_client: Client, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "HEALTH_TIMEOUT", TIMEOUT)  # a busy machine could not measure the lag
    answer = any_client.get(page)
    shown = {} if page == "/health/live" else {"feed": {"lag_seconds": 0.0, "streams": 0}}
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", **shown})


@pytest.mark.parametrize("page", READY)
def test_a_service_whose_connections_are_all_taken_by_slow_readers_is_ready(
    any_client: Client, page: str
) -> None:
    database = any_client.app.state.application.database
    pool: Any = database.engine.pool
    with ExitStack() as readers:
        while pool.overflow() < pool._max_overflow or pool.checkedin():
            readers.enter_context(database.reading())
        assert any_client.get(page).json()["status"] == "ok"


@pytest.mark.parametrize("page", READY)
def test_a_service_without_its_database_is_alive_and_not_ready(
    postgresql: PostgreSQL, serve: Serve, page: str
) -> None:
    with postgresql.migrated() as url:
        client = serve(url)
        assert client.get(page).status_code == 200
        take_away(postgresql, url)
        reasons = "does not exist", "closed the connection", "terminating connection"
        assert_not_ready(client, page, *reasons)
        assert client.get("/health/live").status_code == 200
        answers = [client.get("/products/LAMP"), client.get("/allocations/o1")]
        for answer in (*answers, post(client, "/add_batch", a_batch_body())):
            assert (answer.status_code, list(answer.json())) == (503, ["code", "message"])
            assert int(answer.headers["retry-after"]) > 0
            assert "Traceback" not in answer.text


@pytest.mark.parametrize("page", READY)
def test_a_damaged_file_is_not_ready(client: Client, sqlite_url: str, page: str) -> None:
    add_batch(client)
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    size = file.stat().st_size
    with file.open("r+b") as damaged:
        damaged.seek(4096)
        damaged.write(b"\xaa" * (size - 4096))
    assert_not_ready(client, page, "malformed", "damaged")


def test_a_file_that_is_gone_is_not_ready(client: Client, sqlite_url: str) -> None:
    Path(sqlite_url.removeprefix("sqlite:///")).unlink()
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    # Whoever is first notices: the probe, or the worker, which ends.
    assert answer.json()["code"] in ("store_unavailable", "store_lost")


def test_a_full_disk_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage("/")._replace(free=4095)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    assert_not_ready(client, "/health/ready", "the disk is full")


def test_after_a_write_that_failed_the_service_is_not_ready(
    sqlite_url: str, serve: Serve, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TroubledStore(open_database(sqlite_url))
    client = serve(sqlite_url, store=store, retries=AT_ONCE)
    store.trouble = StoreUnavailable("database or disk is full")
    assert post(client, "/add_batch", a_batch_body()).status_code == 503
    assert_not_ready(client, "/health/ready", "database or disk is full")

    store.trouble = None
    add_batch(client)
    monkeypatch.setattr(readiness, "RECENT", 0.0)
    assert client.get("/health/ready").status_code == 200


def assert_not_ready(client: Client, page: str, *reasons: str) -> None:
    """It says why, in one of these words."""
    answer = client.get(page)
    body = answer.json()
    assert answer.status_code == 503
    assert body["code"] == "store_unavailable"
    assert any(reason in body["message"] for reason in reasons), body
    assert answer.headers["retry-after"] == "1"


def take_away(postgresql: PostgreSQL, url: str) -> None:
    """Drop the database, with everybody who is connected to it."""
    with psycopg.connect(url) as connection:
        name = connection.info.dbname
    with psycopg.connect(postgresql.server.get_uri(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_readiness_shows_the_lag_of_the_feed_behind_a_transaction_that_is_not_over(
    postgresql_url: str, serve: Serve
) -> None:
    client = serve(postgresql_url)

    def lag() -> float | None:
        seconds: float | None = client.get("/health/ready").json()["feed"]["lag_seconds"]
        return seconds

    with psycopg.connect(postgresql_url) as slow:
        write(slow, "m1")
        wait_until(lag, "the feed lags")
        slow.rollback()
        wait_until(lambda: lag() == 0, "the feed does not lag any more")
