"""A real `allocation serve`, and clients that take too long to send, or to read."""

import json
import time
from pathlib import Path

import pytest

from tests.support.processes import open_connections
from tests.support.sockets import (
    A_BATCH,
    HALF_A_HEAD,
    LONG_ANSWER,
    head_of,
    rest_of,
    served,
    trickling,
)
from tests.support.waiting import wait_until


@pytest.mark.parametrize(
    ("limits", "begin", "code"),
    [
        ({"header_timeout": 1}, HALF_A_HEAD, "header_timeout"),
        ({"body_timeout": 1}, head_of("/messages", 1_000_000), "body_timeout"),
        (
            {"stall_timeout": 1, "min_body_rate": 10_000},
            head_of("/allocate", 50_000),
            "body_too_slow",
        ),
    ],
)
def test_a_head_or_a_body_that_trickles_in_is_408(
    sqlite_url: str, tmp_path: Path, limits: dict[str, int], begin: bytes, code: str
) -> None:
    with served(sqlite_url, tmp_path, **limits) as (_, sender):
        sender.sendall(begin)
        answer = trickling(sender, b" ")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close\r\n" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == code


def test_blank_lines_after_an_answer_do_not_keep_a_connection(
    sqlite_url: str, tmp_path: Path
) -> None:
    with served(sqlite_url, tmp_path, keep_alive_timeout=1, header_timeout=1) as (_, sender):
        sender.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = trickling(sender, b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_body_that_comes_fast_enough_is_waited_for(sqlite_url: str, tmp_path: Path) -> None:
    line = json.dumps(A_BATCH.body).encode()
    with served(sqlite_url, tmp_path, stall_timeout=1, min_body_rate=1) as (_, sender):
        began = time.monotonic()
        sender.sendall(head_of("/add_batch", len(line) + 1000, "Connection: close") + line)
        for byte in [b" "] * 1000:
            sender.sendall(byte)
            if time.monotonic() < began + 3:
                time.sleep(0.05)  # a slow client
        answer = rest_of(sender)
    assert answer.startswith(b"HTTP/1.1 201 ")


def test_a_connection_whose_answer_is_not_read_is_given_up(sqlite_url: str, tmp_path: Path) -> None:
    with served(sqlite_url, tmp_path, receive_buffer=4096, stall_timeout=1) as (server, reader):
        # Before it asks: a second after that, the server may have given it up already.
        wait_until(lambda: open_connections(server) == 1, "the server has taken the connection")
        reader.sendall(LONG_ANSWER * 20)
        wait_until(lambda: open_connections(server) == 0, "the server has given it up")
    output = "".join(server.output)
    assert output.count("a connection was closed: its client reads a response too slowly") == 1
