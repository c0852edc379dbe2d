"""A real `allocation serve`, with real clients."""

import socket
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
from tests.support.sockets import connected, head_of
from tests.support.waiting import wait_until

A_BATCH = Request("/add_batch", {"ref": "b1", "sku": "LAMP", "qty": 100, "eta": None}, "b1")


@pytest.mark.parametrize(("place", "servers"), [("sqlite", 1), ("postgresql", 4)])
def test_callers_at_the_same_moment_share_the_stock_and_a_restart_keeps_it(
    request: pytest.FixtureRequest, tmp_path: Path, place: str, servers: int
) -> None:
    url, requests = request.getfixturevalue(f"{place}_url"), allocations(200, "LAMP")
    with ExitStack() as stack:
        running = [stack.enter_context(serving(url, tmp_path)) for _ in range(servers)]

        def ask_once(number: int) -> dict[str, HttpAnswer]:
            return answers_to(running[number % servers].address, [requests[number]])

        assert answers_to(running[0].address, [A_BATCH])["b1"].status == 201
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
        assert httpx.get(f"{server.address}/health").json() == {"status": "ok"}

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
