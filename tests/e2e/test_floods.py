"""A real `allocation serve` under floods of connections that never get to a whole request."""

import json
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event

import httpx
import psutil  # type: ignore[import-untyped]  # comes without types

from tests.support.clients import Request, allocations, answers_to
from tests.support.serving import Server, serving
from tests.support.sockets import (
    HALF_A_HEAD,
    connected,
    connections,
    head_of,
    rest_of,
    send_what_is_taken,
)
from tests.support.waiting import until

A_BATCH = Request("/add_batch", {"ref": "b1", "sku": "LAMP", "qty": 1000, "eta": None}, "b1")
MEGABYTE = 1024 * 1024
LONG_ANSWER = b"GET /docs/assets/swagger-ui-bundle.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
"""More than a megabyte: twenty of them are more than the system takes for a reader."""
STOPS_WITHIN = 8.0
"""Seconds: five are promised, from the last whole request on; and a busy machine."""


def test_half_open_connections_keep_no_good_client_out(sqlite_url: str, tmp_path: Path) -> None:
    with serving(sqlite_url, tmp_path, ulimit="-n 1024") as server:
        answers_to(server.address, [A_BATCH])
        with connections(server.address, 1100) as half_open:
            for connection in half_open:
                with suppress(OSError):
                    connection.sendall(HALF_A_HEAD)
            answers = answers_to(server.address, allocations(200, "LAMP"), callers=10)
    assert [answer.status for answer in answers.values()] == [201] * 200


def test_half_open_connections_that_are_renewed_keep_no_good_client_out(
    sqlite_url: str, tmp_path: Path
) -> None:
    over = Event()

    def flood(address: str) -> None:
        while not over.is_set():
            with connections(address, 100) as half_open:
                for connection in half_open:
                    with suppress(OSError):
                        connection.sendall(HALF_A_HEAD)
                over.wait(0.5)

    with (
        serving(sqlite_url, tmp_path, ulimit="-n 512") as server,
        ThreadPoolExecutor(8) as pool,
    ):
        try:
            answers_to(server.address, [A_BATCH])
            floods = [pool.submit(flood, server.address) for _ in range(8)]
            answers = answers_to(server.address, allocations(200, "LAMP"), callers=10)
        finally:
            over.set()
        for ended in floods:
            ended.result()
    assert [answer.status for answer in answers.values()] == [201] * 200


def test_half_bodies_hold_no_memory(sqlite_url: str, tmp_path: Path) -> None:
    with serving(sqlite_url, tmp_path) as server:
        answers_to(server.address, [A_BATCH])
        idle = memory(server)
        with connections(server.address, 60) as half, ThreadPoolExecutor(60) as pool:
            for connection in half:
                connection.sendall(head_of("/messages", 16 * MEGABYTE))
            part = b" " * (15 * MEGABYTE)
            sent = list(pool.map(lambda connection: send_what_is_taken(connection, part), half))
            answers = answers_to(server.address, allocations(50, "LAMP"), callers=10)
            highest = memory(server)
    assert max(sent) == 15 * MEGABYTE, "some are read as far as they go"
    assert [answer.status for answer in answers.values()] == [201] * 50
    assert highest - idle < 100 * MEGABYTE


def test_the_beginnings_of_many_bodies_hold_no_memory(sqlite_url: str, tmp_path: Path) -> None:
    """Of each, a part is there before it is known that there is no room for it."""
    with serving(sqlite_url, tmp_path) as server:
        answers_to(server.address, [A_BATCH])
        idle = memory(server)
        with connections(server.address, 1000) as half:
            for connection in half:
                connection.sendall(head_of("/messages", 16 * MEGABYTE))
            httpx.get(f"{server.address}/health")  # the server has read them
            for connection in half:
                send_what_is_taken(connection, b" " * 300_000, within=0.05)
            answers = answers_to(server.address, allocations(50, "LAMP"), callers=10)
            highest = memory(server)
    assert [answer.status for answer in answers.values()] == [201] * 50
    assert highest - idle < 100 * MEGABYTE


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


def test_a_body_for_which_no_room_comes_is_503_and_room_is_given_back(
    sqlite_url: str, tmp_path: Path
) -> None:
    settings = {
        "ALLOCATION_MAX_BODY_BYTES": str(MEGABYTE),
        "ALLOCATION_BODY_ROOM_TIMEOUT": "1",
        "ALLOCATION_BODY_TIMEOUT": "30",
    }
    with serving(sqlite_url, tmp_path, settings=settings) as server:
        with connected(server.address) as first, connected(server.address) as second:
            first.sendall(head_of("/messages", MEGABYTE) + b" ")
            httpx.get(f"{server.address}/health")  # the server has read it by now
            second.sendall(head_of("/messages", MEGABYTE) + b" ")
            answer = second.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1\r\n" in answer.lower()
        one_line = json.dumps({"type": "BatchCreated", **A_BATCH.body})
        after = httpx.post(f"{server.address}/messages", content=one_line)
    assert (after.status_code, after.json()["status"]) == (200, 201)


def test_without_room_for_another_connection_it_is_503(sqlite_url: str, tmp_path: Path) -> None:
    """Where every connection there is has a whole request, a new one is told so."""
    settings = {"ALLOCATION_MAX_CONNECTIONS": "2", "ALLOCATION_MAX_BODY_BYTES": str(MEGABYTE)}
    with serving(sqlite_url, tmp_path, settings=settings) as server:
        held = [connected(server.address, receive_buffer=4096) for _ in range(2)]
        for connection in held:  # whole requests, whose answers are not read
            connection.sendall(LONG_ANSWER * 20)
            assert connection.recv(1)
        answer = httpx.get(f"{server.address}/health")
        for connection in held:
            connection.close()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["code"] == "too_many_connections"

        def well_again() -> bool:
            return httpx.get(f"{server.address}/health").status_code == 200

        until(well_again, "there is room again")


def test_an_answer_that_is_not_read_is_given_up(sqlite_url: str, tmp_path: Path) -> None:
    settings = {"ALLOCATION_STALL_TIMEOUT": "1"}
    with (
        serving(sqlite_url, tmp_path, settings=settings) as server,
        connected(server.address, receive_buffer=4096) as reader,
    ):
        reader.sendall(LONG_ANSWER * 20)
        until(lambda: open_connections(server) == 1, "it has taken the connection")
        until(lambda: open_connections(server) == 0, "it has given the connection up")


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


def test_what_is_half_sent_does_not_hold_up_the_end(sqlite_url: str, tmp_path: Path) -> None:
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
    assert "Traceback" not in "".join(server.said)


def test_an_answer_that_is_not_read_does_not_hold_up_the_end(
    sqlite_url: str, tmp_path: Path
) -> None:
    with (
        serving(sqlite_url, tmp_path) as server,
        connected(server.address, receive_buffer=4096) as reader,
    ):
        reader.sendall(LONG_ANSWER * 20)
        assert reader.recv(1)
        began = time.monotonic()
        assert server.terminate() == 0
        took = time.monotonic() - began
    assert took < STOPS_WITHIN


def test_eight_bulk_callers_wait_their_turn_and_single_ones_are_served(
    sqlite_url: str, tmp_path: Path
) -> None:
    def lines(caller: int) -> bytes:
        return b"".join(
            b'{"type": "AllocationRequired", "orderid": "c%d-%d", "sku": "LAMP", "qty": 1}\n'
            % (caller, n)
            for n in range(8_000)
        )

    with serving(sqlite_url, tmp_path) as server, ThreadPoolExecutor(8) as pool:
        answers_to(server.address, [A_BATCH])

        def call(caller: int) -> httpx.Response:
            return httpx.post(f"{server.address}/messages", content=lines(caller), timeout=120)

        bulk = [pool.submit(call, caller) for caller in range(8)]
        singles = answers_to(server.address, allocations(200, "LAMP"), callers=4)
        answers = [told.result() for told in bulk]
    assert [answer.status_code for answer in answers] == [200] * 8
    statuses = [json.loads(line)["status"] for a in answers for line in a.text.splitlines()]
    assert len(statuses) == 64_000
    assert set(statuses) <= {201, 202}
    assert {answer.status for answer in singles.values()} <= {201, 202}
    assert len(singles) == 200


def memory(server: Server) -> int:
    """Bytes that the process holds."""
    return int(psutil.Process(server.process.pid).memory_info().rss)


def open_connections(server: Server) -> int:
    """How many clients are connected to it."""
    found = psutil.Process(server.process.pid).net_connections("tcp")
    return sum(connection.status == psutil.CONN_ESTABLISHED for connection in found)


def readable(connection: socket.socket) -> bool:
    """Whether the server has sent something."""
    return bool(select.select([connection], [], [], 0)[0])


def trickling(sender: socket.socket, data: bytes) -> bytes:
    """Send this again and again, until the server has closed; what it has sent."""
    sender.settimeout(0.2)
    parts = []
    deadline = time.monotonic() + 30
    with suppress(ConnectionError):
        while time.monotonic() < deadline:
            with suppress(BrokenPipeError):
                sender.sendall(data)
            with suppress(TimeoutError):
                part = sender.recv(65_536)
                if not part:
                    break
                parts.append(part)
    return b"".join(parts)
