"""A real `allocation serve`, and heads of requests that are too large, or broken."""

import json
from pathlib import Path

import httpx
import pytest

from tests.support.processes import memory
from tests.support.sockets import A_BATCH, HALF_A_HEAD, MEGABYTE, flooded, rest_of, served, whole

A_TRAILER = (
    b"POST /allocate HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"1\r\n{\r\n0\r\nX-Trailer: "
)


@pytest.mark.parametrize("begin", [HALF_A_HEAD, A_TRAILER], ids=["head", "trailer"])
def test_a_head_or_a_trailer_of_300_megabytes_is_refused_early(
    sqlite_url: str, tmp_path: Path, begin: bytes
) -> None:
    with served(sqlite_url, tmp_path) as (server, sender):
        idle = memory(server)
        sender.sendall(begin)
        answer = flooded(sender, megabytes=300)
        highest = memory(server)
        assert httpx.get(f"{server.address}/health").status_code == 200
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert highest - idle < 20 * MEGABYTE


def test_a_head_that_is_too_large_is_431(sqlite_url: str, tmp_path: Path) -> None:
    with served(sqlite_url, tmp_path, max_header_bytes=8192) as (server, sender):
        for size in (8_200, 100_000):  # in one piece
            answer = httpx.get(f"{server.address}/health", headers={"X": "x" * size})
            assert answer.status_code == 431
            assert answer.json()["code"] == "header_too_large"
        fits = httpx.get(f"{server.address}/health", headers={"X": "x" * 7_500})
        assert fits.status_code == 200
        sender.sendall(HALF_A_HEAD)
        for _ in range(9):  # piece by piece, and never whole
            sender.sendall(b"x" * 1000)
        assert rest_of(sender).startswith(b"HTTP/1.1 431 ")


def test_requests_before_a_broken_one_are_answered_in_their_order(
    sqlite_url: str, tmp_path: Path
) -> None:
    with served(sqlite_url, tmp_path) as (_, sender):
        batch = whole("/add_batch", json.dumps(A_BATCH.body).encode())
        sender.sendall(batch * 3 + b"NONSENSE\r\n\r\n")
        answer = rest_of(sender)
    assert answer.count(b"HTTP/1.1 201 ") == 3
    assert answer.count(b"HTTP/1.1 ") == 3
