"""A real `allocation serve`, with real clients."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.clients import HttpAnswer, Request, allocations, answers_to
from tests.support.concurrent_clients import concurrently
from tests.support.ledger import assert_nothing_oversold, read_ledger
from tests.support.serving import serving, starting
from tests.support.sockets import (
    A_BATCH,
    HALF_A_HEAD,
    LONG_ANSWER,
    MEGABYTE,
    connected,
    connections,
    head_of,
    served,
)
from tests.support.waiting import wait_until


@pytest.mark.parametrize(("place", "servers"), [("sqlite", 1), ("postgresql", 4)])
def test_callers_at_the_same_moment_share_the_stock_and_a_restart_keeps_it(
    request: pytest.FixtureRequest, tmp_path: Path, place: str, servers: int
) -> None:
    url, requests = request.getfixturevalue(f"{place}_url"), allocations(200, "LAMP")
    with ExitStack() as stack:
        running = [stack.enter_context(serving(url, tmp_path)) for _ in range(servers)]

        def ask_once(number: int) -> dict[str, HttpAnswer]:
            return answers_to(running[number % servers].address, [requests[number]])

        batch = Request("/add_batch", {**A_BATCH.body, "qty": 100}, "b1")
        assert answers_to(running[0].address, [batch])["b1"].status == 201
        answers = {key: a for one in concurrently(200, ask_once) for key, a in one.items()}
        assert [server.terminate() for server in running] == [0] * servers

    statuses = [answer.status for answer in answers.values()]
    assert (statuses.count(201), statuses.count(202)) == (100, 100)
    ledger = read_ledger(url)
    assert_nothing_oversold(ledger)
    assert [row["type"] for row in ledger.messages].count("OutOfStock") == 1
    assert not [line for server in running for line in server.output if "Traceback" in line]

    with serving(url, tmp_path) as server:
        assert answers_to(server.address, requests) == answers
        product = httpx.get(f"{server.address}/products/LAMP").json()
    assert product["batches"][0]["allocated_quantity"] == 100
    assert product["waiting_lines"] == 100


def test_a_server_answers_accepted_requests_before_it_ends(sqlite_url: str, tmp_path: Path) -> None:
    with serving(sqlite_url, tmp_path) as server:
        answers_to(server.address, [A_BATCH])
        # The head and a part of the body: taken, and not to be answered yet.
        with half_a_request(server.address) as (sender, rest):
            server.process.terminate()
            until_no_more_is_taken(server.address)
            sender.sendall(rest)
            answer = sender.makefile("rb").read()
        assert server.ended() == 0

    assert b"201 Created" in answer
    assert b'"batchref":"b1"' in answer
    assert b"\r\nserver:" not in answer.lower()
    assert read_ledger(sqlite_url).batchrefs == {("o1", "LAMP"): "b1"}
    assert "Traceback" not in "".join(server.output)


def test_a_port_in_use_is_an_error_at_start(sqlite_url: str, tmp_path: Path) -> None:
    with serving(sqlite_url, tmp_path) as server:
        port = urlsplit(server.address).port
        assert port is not None
        with starting(sqlite_url, tmp_path, port=port) as second:
            assert second.ended() == 2
        assert httpx.get(f"{server.address}/health").json()["status"] == "ok"

    output = "".join(second.output)
    assert output.startswith(f"error: cannot listen on 127.0.0.1, port {port}: Address already in")
    assert "Serving" not in output
    assert "Traceback" not in output


@contextmanager
def half_a_request(address: str) -> Iterator[tuple[socket.socket, bytes]]:
    """A connection on which the first half of a request was sent; and the other half."""
    body = b'{"orderid": "o1", "sku": "LAMP", "qty": 1}'
    with connected(address) as sender:
        sender.sendall(head_of("/allocate", len(body), "Connection: close") + body[:10])
        # The server has read it when it has answered somebody who came later.
        httpx.get(f"{address}/health")
        yield sender, body[10:]


def until_no_more_is_taken(address: str) -> None:
    """The server has closed its door."""

    def refused() -> bool:
        try:
            connected(address).close()
        except ConnectionError:
            return True
        return False

    wait_until(refused, "the server takes no more connections")


STOPS_WITHIN = 15.0
"""Seconds: five are promised, from the last whole request on; and a busy machine. Whoever held up
the end would do so for uvicorn's thirty."""


def test_half_sent_requests_do_not_hold_up_the_end(sqlite_url: str, tmp_path: Path) -> None:
    with serving(sqlite_url, tmp_path) as server:
        answers_to(server.address, [A_BATCH])
        with connections(server.address, 30) as half:
            for connection in half[:10]:
                connection.sendall(HALF_A_HEAD)
            for connection in half[10:20]:
                connection.sendall(head_of("/allocate", 100) + b"{")
            for connection in half[20:]:
                connection.sendall(head_of("/messages", 16 * MEGABYTE) + b"{" * 100_000)
            httpx.get(f"{server.address}/health")
            began = time.monotonic()
            assert server.terminate() == 0
            took = time.monotonic() - began
    assert took < STOPS_WITHIN
    assert "Traceback" not in "".join(server.output)


def test_an_answer_that_is_not_read_does_not_hold_up_the_end(
    sqlite_url: str, tmp_path: Path
) -> None:
    with served(sqlite_url, tmp_path, receive_buffer=4096) as (server, reader):
        reader.sendall(LONG_ANSWER * 20)
        assert reader.recv(1)
        began = time.monotonic()
        assert server.terminate() == 0
        took = time.monotonic() - began
    assert took < STOPS_WITHIN
