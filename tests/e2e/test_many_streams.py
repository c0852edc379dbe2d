"""A thousand idle streams and as many half-open connections; and a stop that ends them all."""

import time
from collections.abc import Sequence
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from socket import socket
from typing import Any, Final

import httpx

from tests.support.clients import allocations, answers_to
from tests.support.feed import open_streams
from tests.support.serving import Server, serving
from tests.support.sockets import A_BATCH, HALF_A_HEAD, connections, readable
from tests.support.waiting import TIMEOUT, wait_until

MANY: Final = 1_000
LINES: Final = 200
DESCRIPTORS: Final = 4_096

STREAM_OF_ANOTHER_PRODUCT: Final = (
    b"GET /events?after=last&sku=CHAIR HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Accept: text/event-stream\r\n\r\n"
)
LAST_CHUNK: Final = b"\r\n0\r\n\r\n"


def got(server: Server, path: str) -> Any:
    return httpx.get(f"{server.address}{path}", timeout=TIMEOUT).json()


def begin_streams(server: Server, clients: Sequence[socket]) -> None:
    for client in clients:
        client.sendall(STREAM_OF_ANOTHER_PRODUCT)
    wait_until(lambda: open_streams(server.address) == len(clients), "all are open", patience=120)
    for client in clients:
        assert client.recv(65_536).startswith(b"HTTP/1.1 200 ")


def ends_of(clients: Sequence[socket]) -> list[bytes]:
    """What each is still sent, until all of them are closed."""
    ends = dict.fromkeys(clients, b"")
    with DefaultSelector() as selector:
        for client in clients:
            selector.register(client, EVENT_READ, client)
        while selector.get_map():
            ready = selector.select(timeout=TIMEOUT)
            assert ready, f"{len(selector.get_map())} streams go on"
            for key, _ in ready:
                part = key.data.recv(65_536)
                ends[key.data] += part
                if not part:
                    selector.unregister(key.data)
    return list(ends.values())


def test_idle_streams_and_half_open_connections_keep_no_good_client_from_its_answers(
    database_url: str, tmp_path: Path
) -> None:
    settings = {"ALLOCATION_HEADER_TIMEOUT": "120"}
    with (
        serving(database_url, tmp_path, settings=settings, ulimit=f"-n {DESCRIPTORS}") as server,
        connections(server.address, MANY) as streams,
        connections(server.address, MANY) as half_open,
    ):
        begin_streams(server, streams)
        for connection in half_open:
            connection.sendall(HALF_A_HEAD)
        answers_to(server.address, [A_BATCH])
        answers = answers_to(server.address, allocations(LINES, "LAMP"), callers=10)
        assert [answer.status for answer in answers.values()] == [201] * LINES
        seen = got(server, "/events?sku=LAMP&type=Allocated&limit=1000")
        assert len(seen["events"]) == LINES
        assert not any(readable(connection) for connection in half_open), "they are open still"
        assert open_streams(server.address) == MANY


def test_a_stop_ends_a_thousand_streams_with_whole_answers(
    database_url: str, tmp_path: Path
) -> None:
    with (
        serving(database_url, tmp_path, ulimit=f"-n {DESCRIPTORS}") as server,
        connections(server.address, MANY) as streams,
    ):
        begin_streams(server, streams)
        began = time.monotonic()
        server.process.terminate()
        ends = ends_of(streams)
        ended = time.monotonic()
        assert server.ended() == 0
        gone = time.monotonic()
    assert all((b"\r\n" + end).endswith(LAST_CHUNK) for end in ends)
    print(f"streams ended in {ended - began:.2f} s, the process in {gone - began:.2f} s")  # noqa: T201
