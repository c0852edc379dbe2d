"""A real `allocation serve` that is told to stop while clients are in the middle of something."""

import time
from pathlib import Path

import httpx

from tests.support.clients import answers_to
from tests.support.serving import serving
from tests.support.sockets import (
    A_BATCH,
    HALF_A_HEAD,
    LONG_ANSWER,
    MEGABYTE,
    connections,
    head_of,
    served,
)

STOPS_WITHIN = 8.0
"""Seconds: five are promised, from the last whole request on; and a busy machine."""


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
