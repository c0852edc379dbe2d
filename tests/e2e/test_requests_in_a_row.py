"""A real `allocation serve`, and requests that follow one another on a connection."""

import json
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.support.serving import serving
from tests.support.sockets import (
    A_BATCH,
    LONG_ANSWER,
    MEGABYTE,
    connected,
    connections,
    head_of,
    is_cut_off,
    readable,
    rest_of,
    served,
    whole,
)
from tests.support.waiting import wait_until

BREAKS_IN_ITS_BODY = (
    b"POST /allocate HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"1\r\n{\r\nNONSENSE\r\n"
)


def a_batch(size: int) -> bytes:
    """A request whose body is filled up with blanks."""
    return whole("/add_batch", json.dumps(A_BATCH.body).encode().ljust(size))


def test_slow_readers_get_all_answers_to_their_requests_before_a_broken_one(
    sqlite_url: str, tmp_path: Path
) -> None:
    """Some answers are made by then and not read; of others the server has not begun."""
    counts = 1, 2, 3, 4, 20
    with served(sqlite_url, tmp_path) as (server, refused), ExitStack() as stack:
        with connected(server.address) as reader:
            reader.sendall(LONG_ANSWER + BREAKS_IN_ITS_BODY)
            length = len(rest_of(reader))
        readers = [
            stack.enter_context(connected(server.address, receive_buffer=4096)) for _ in counts
        ]
        for reader, count in zip(readers, counts, strict=True):
            reader.sendall(LONG_ANSWER * count + BREAKS_IN_ITS_BODY)
        refused.sendall(BREAKS_IN_ITS_BODY)
        wait_until(lambda: is_cut_off(refused), "a refused client has no more time to read")
        answers = [rest_of(reader) for reader in readers]
    assert [len(answer) for answer in answers] == [length * count for count in counts]


@pytest.mark.parametrize(
    ("body", "padding", "cut", "status"),
    [(20_000, 0, 40, b"200"), (1_000, 9_000, 8_000, b"431")],
    ids=["a long body", "a long head"],
)
def test_a_head_that_begins_behind_a_body_is_limited_by_its_own_length(
    sqlite_url: str, tmp_path: Path, body: int, padding: int, cut: int, status: bytes
) -> None:
    head = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX: "
    head += b"x" * padding + b"\r\n\r\n"
    with served(sqlite_url, tmp_path, max_header_bytes=8192) as (_, sender):
        sender.sendall(a_batch(body) + head[:cut])
        first = sender.recv(65_536)
        sender.sendall(head[cut:])
        second = rest_of(sender)
    assert first.startswith(b"HTTP/1.1 201 ")
    assert second.startswith(b"HTTP/1.1 " + status)


def test_a_refused_client_gets_no_100_continue(sqlite_url: str, tmp_path: Path) -> None:
    """There is room in the end; by then it has been told that it is not served."""
    settings = {"ALLOCATION_MAX_BODY_BYTES": str(MEGABYTE)}
    line = json.dumps({"type": "BatchCreated", **A_BATCH.body}).encode()
    large = line.ljust(MEGABYTE - 1) + b"\n"
    with serving(sqlite_url, tmp_path, settings=settings) as server:
        with connections(server.address, 5) as (first, *concurrently):
            first.sendall(head_of("/messages", len(large), "Connection: close") + large[:1000])
            httpx.get(f"{server.address}/health")  # the server has read it by now
            for sender in concurrently:
                sender.sendall(head_of("/messages", 200_000, "Expect: 100-continue"))
                httpx.get(f"{server.address}/health")
                sender.sendall(b"\n" * 150_000)  # it does not wait for leave
            refused = wait_until(
                lambda: [one for one in concurrently if readable(one)], "one is too many"
            )
            answer = rest_of(refused[0])
            first.sendall(large[1000:])
            served = rest_of(first)
        next_one = httpx.post(f"{server.address}/messages", content=large)  # in its turn
        assert server.terminate() == 0
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert served.startswith(b"HTTP/1.1 200 ")
    assert next_one.status_code == 200
    assert "Traceback" not in "".join(server.output)


def test_requests_without_a_body_do_not_count_as_trailers_of_the_next_request(
    sqlite_url: str, tmp_path: Path
) -> None:
    line = json.dumps(A_BATCH.body).encode()
    with served(sqlite_url, tmp_path, max_header_bytes=8192) as (_, sender):
        for _ in range(300):
            sender.sendall(b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert sender.recv(65_536).startswith(b"HTTP/1.1 200 ")
        sender.sendall(head_of("/add_batch", len(line), "Expect: 100-continue"))
        assert sender.recv(65_536).startswith(b"HTTP/1.1 100 ")
        sender.sendall(line)
        assert sender.recv(65_536).startswith(b"HTTP/1.1 201 ")


def test_a_connection_without_another_request_is_closed(sqlite_url: str, tmp_path: Path) -> None:
    with served(sqlite_url, tmp_path, keep_alive_timeout=1) as (_, sender):
        sender.sendall(b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = rest_of(sender)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" not in answer.lower()
