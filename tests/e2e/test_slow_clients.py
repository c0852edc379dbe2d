"""A real `allocation serve`, and clients that take too long to send, or to read."""

import json
import time
from pathlib import Path

from tests.support.clients import Request
from tests.support.processes import open_connections
from tests.support.serving import serving
from tests.support.sockets import (
    HALF_A_HEAD,
    LONG_ANSWER,
    connected,
    head_of,
    rest_of,
    trickling,
)
from tests.support.waiting import wait_until

A_BATCH = Request("/add_batch", {"ref": "b1", "sku": "LAMP", "qty": 1000, "eta": None}, "b1")


def test_a_head_that_takes_too_long_is_408_whatever_trickles_in(
    sqlite_url: str, tmp_path: Path
) -> None:
    settings = {"ALLOCATION_HEADER_TIMEOUT": "1"}
    with (
        serving(sqlite_url, tmp_path, settings=settings) as server,
        connected(server.address) as sender,
    ):
        sender.sendall(HALF_A_HEAD)
        answer = trickling(sender, b"x")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close\r\n" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "header_timeout"


def test_blank_lines_after_an_answer_do_not_keep_a_connection(
    sqlite_url: str, tmp_path: Path
) -> None:
    settings = {"ALLOCATION_KEEP_ALIVE_TIMEOUT": "1", "ALLOCATION_HEADER_TIMEOUT": "1"}
    with (
        serving(sqlite_url, tmp_path, settings=settings) as server,
        connected(server.address) as sender,
    ):
        sender.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        began = time.monotonic()
        answer = trickling(sender, b"\r\n")
        took = time.monotonic() - began
    assert took < 20, "it was closed"
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_body_that_takes_too_long_is_408(sqlite_url: str, tmp_path: Path) -> None:
    settings = {"ALLOCATION_BODY_TIMEOUT": "1"}
    with (
        serving(sqlite_url, tmp_path, settings=settings) as server,
        connected(server.address) as sender,
    ):
        sender.sendall(head_of("/messages", 1_000_000))
        answer = trickling(sender, b" ")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "body_timeout"


def test_a_body_that_comes_too_slowly_is_408(sqlite_url: str, tmp_path: Path) -> None:
    settings = {"ALLOCATION_STALL_TIMEOUT": "1", "ALLOCATION_MIN_BODY_RATE": "10000"}
    with (
        serving(sqlite_url, tmp_path, settings=settings) as server,
        connected(server.address) as sender,
    ):
        sender.sendall(head_of("/allocate", 50_000))
        answer = trickling(sender, b" ")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "body_too_slow"


def test_a_body_that_comes_fast_enough_is_waited_for(sqlite_url: str, tmp_path: Path) -> None:
    settings = {"ALLOCATION_STALL_TIMEOUT": "1", "ALLOCATION_MIN_BODY_RATE": "1"}
    line = json.dumps(A_BATCH.body).encode()
    with (
        serving(sqlite_url, tmp_path, settings=settings) as server,
        connected(server.address) as sender,
    ):
        began = time.monotonic()
        sender.sendall(head_of("/add_batch", len(line) + 1000, "Connection: close") + line)
        for byte in [b" "] * 1000:
            sender.sendall(byte)
            if time.monotonic() < began + 3:
                time.sleep(0.05)  # a slow client
        answer = rest_of(sender)
    assert answer.startswith(b"HTTP/1.1 201 ")


def test_an_answer_that_is_not_read_is_given_up(sqlite_url: str, tmp_path: Path) -> None:
    settings = {"ALLOCATION_STALL_TIMEOUT": "1"}
    with (
        serving(sqlite_url, tmp_path, settings=settings) as server,
        connected(server.address, receive_buffer=4096) as reader,
    ):
        reader.sendall(LONG_ANSWER * 20)
        wait_until(lambda: open_connections(server) == 1, "it has taken the connection")
        wait_until(lambda: open_connections(server) == 0, "it has given the connection up")
