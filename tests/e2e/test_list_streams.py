"""A real `allocation serve` streams a whole list: as fast as it is read, and never cut short."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse, IncompleteRead
from pathlib import Path
from socket import socket
from urllib.request import urlopen

import pytest
from sqlalchemy import insert, text

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, products
from tests.support.crowded_database import batch, product
from tests.support.sockets import connected, rest_of, served

ROWS = 60_000
LONG = "x" * 120
ASK = b"GET /batches HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/csv\r\nConnection: close\r\n\r\n"


OLD_ASK = b"%s /batches%s HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: text/csv\r\n\r\n"


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """So many batches that no buffer holds the list."""
    with closing(Database(sqlite_url)) as database:
        with database.writing() as connection:
            connection.execute(insert(products), [product("LAMP", 1)])
            rows = [batch(f"b{n:05}{LONG}", "LAMP", 5, 0) for n in range(ROWS)]
            connection.execute(insert(batches), rows)
            connection.commit()
        yield database


def asked(reader: socket) -> HTTPResponse:
    """Ask for the list, and read the head of the response."""
    reader.sendall(ASK)
    response = HTTPResponse(reader)
    response.begin()
    assert response.status == 200
    return response


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_a_reader_that_pauses_gets_the_whole_list_and_delays_nobody(
    sqlite_url: str, tmp_path: Path
) -> None:
    with (
        served(sqlite_url, tmp_path, receive_buffer=4096) as (server, reader),
        asked(reader) as response,
    ):
        for _ in range(10):
            begin = time.monotonic()
            with urlopen(f"{server.address}/products?limit=1", timeout=10) as answer:
                assert answer.status == 200
            assert time.monotonic() - begin < 5
        lines = response.read().splitlines()
    assert len(lines) == len(set(lines)) == ROWS + 1
    assert lines[-1].startswith(f"b{ROWS - 1:05}{LONG},".encode())


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_a_steady_reader_that_is_merely_slow_gets_the_whole_list(
    sqlite_url: str, tmp_path: Path
) -> None:
    rate = 40_000
    with (
        served(sqlite_url, tmp_path, receive_buffer=4096, stall_timeout=2) as (_, reader),
        asked(reader) as response,
    ):
        began, data = time.monotonic(), b""
        while len(data) < 10 * rate:
            data += response.read(rate // 20)
            ahead = len(data) / rate - (time.monotonic() - began)
            time.sleep(max(0, ahead))  # a slow client
        lines = (data + response.read()).splitlines()
    assert len(lines) == len(set(lines)) == ROWS + 1


@pytest.mark.slow
def test_a_list_that_cannot_be_read_to_the_end_has_no_end(
    database: Database, sqlite_url: str, tmp_path: Path
) -> None:
    with served(sqlite_url, tmp_path, receive_buffer=4096) as (server, reader):
        with asked(reader) as response:
            with database.writing() as connection:
                connection.execute(text("DROP INDEX ix_batches_open"))
                connection.execute(text("ALTER TABLE batches RENAME TO other"))
                connection.commit()
            with pytest.raises(IncompleteRead):
                response.read()
        with urlopen(f"{server.address}/health/live", timeout=10) as answer:
            assert answer.status == 200
    output = "".join(server.output)
    errors = [json.loads(line)["event"] for line in output.splitlines() if '"error"' in line]
    assert errors == [
        "the response to /batches is incomplete: no such table: batches",
        "ASGI callable returned without completing response.",
    ]
    assert "Traceback" not in output


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_a_whole_list_is_not_sent_to_a_client_that_does_not_know_chunks(
    sqlite_url: str, tmp_path: Path, method: bytes
) -> None:
    with served(sqlite_url, tmp_path) as (server, reader):
        reader.sendall(OLD_ASK % (method, b""))
        refused = rest_of(reader)
        with connected(server.address) as another:
            another.sendall(OLD_ASK % (method, b"?limit=1"))
            page = rest_of(another)
    head, _, body = refused.partition(b"\r\n\r\n")
    assert head.split()[1] == b"406"
    assert b"transfer-encoding" not in (head + page).lower()
    assert page.split()[1] == b"200"
    if method == b"GET":
        assert json.loads(body)["code"] == "not_acceptable"
        assert b"use HTTP/1.1, or pages of it with `limit`" in body
