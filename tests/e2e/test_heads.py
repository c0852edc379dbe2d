"""A real `allocation serve`, and heads of requests that are too large, or broken."""

import json
from pathlib import Path

import httpx

from tests.support.clients import Request
from tests.support.processes import memory
from tests.support.serving import serving
from tests.support.sockets import (
    HALF_A_HEAD,
    connected,
    head_of,
    readable,
    rest_of,
    send_what_is_taken,
)

A_BATCH = Request("/add_batch", {"ref": "b1", "sku": "LAMP", "qty": 1000, "eta": None}, "b1")
MEGABYTE = 1024 * 1024


def test_a_head_of_300_megabytes_is_refused_early(sqlite_url: str, tmp_path: Path) -> None:
    with serving(sqlite_url, tmp_path) as server, connected(server.address) as sender:
        idle = memory(server)
        sender.sendall(HALF_A_HEAD)
        part, answer = b"x" * MEGABYTE, b""
        for _ in range(300):
            send_what_is_taken(sender, part)
            if readable(sender):
                answer = sender.recv(65_536)
                break
        highest = memory(server)
        assert httpx.get(f"{server.address}/health").status_code == 200
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert highest - idle < 20 * MEGABYTE


def test_a_head_that_is_too_large_is_431(sqlite_url: str, tmp_path: Path) -> None:
    settings = {"ALLOCATION_MAX_HEADER_BYTES": "8192"}
    with serving(sqlite_url, tmp_path, settings=settings) as server:
        for size in (8_200, 100_000):  # in one piece
            answer = httpx.get(f"{server.address}/health", headers={"X": "x" * size})
            assert answer.status_code == 431
            assert answer.json()["code"] == "header_too_large"
        fits = httpx.get(f"{server.address}/health", headers={"X": "x" * 7_500})
        assert fits.status_code == 200
        with connected(server.address) as sender:  # piece by piece, and never whole
            sender.sendall(HALF_A_HEAD)
            for _ in range(9):
                sender.sendall(b"x" * 1000)
            assert rest_of(sender).startswith(b"HTTP/1.1 431 ")


def test_requests_in_a_row_are_answered_in_their_order_before_a_broken_one(
    sqlite_url: str, tmp_path: Path
) -> None:
    with (
        serving(sqlite_url, tmp_path) as server,
        connected(server.address) as sender,
    ):
        lines = [json.dumps(A_BATCH.body).encode()] * 3
        requests = [head_of("/add_batch", len(line)) + line for line in lines]
        sender.sendall(b"".join(requests) + b"NONSENSE\r\n\r\n")
        answer = rest_of(sender)
    assert answer.count(b"HTTP/1.1 201 ") == 3
    assert answer.count(b"HTTP/1.1 ") == 3


def test_what_comes_after_a_body_is_as_limited_as_a_head(sqlite_url: str, tmp_path: Path) -> None:
    """Trailers are headers, too: of a body in chunks, after its end."""
    with serving(sqlite_url, tmp_path) as server, connected(server.address) as sender:
        idle = memory(server)
        sender.sendall(
            b"POST /allocate HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"1\r\n{\r\n0\r\nX-Trailer: "
        )
        part, answer = b"x" * MEGABYTE, b""
        for _ in range(100):
            send_what_is_taken(sender, part)
            if readable(sender):
                answer = sender.recv(65_536)
                break
        highest = memory(server)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert highest - idle < 20 * MEGABYTE
