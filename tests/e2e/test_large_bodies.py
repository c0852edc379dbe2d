"""A real `allocation serve`, and bodies that are large or many: what it holds of them."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.support.clients import allocations, answers_to
from tests.support.processes import memory
from tests.support.serving import serving
from tests.support.sockets import (
    A_BATCH,
    MEGABYTE,
    connected,
    connections,
    head_of,
    send_what_is_taken,
)


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
        large = one_line + "\n" + " " * (MEGABYTE - 1 - len(one_line))
        for content in (large, iter([large.encode()])):  # of a known length, and in chunks
            after = httpx.post(f"{server.address}/messages", content=content)
            assert (after.status_code, after.json()["status"]) == (200, 201)


def test_single_requests_are_served_beside_eight_bulk_callers(
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
        answers = [caller.result() for caller in bulk]
    assert [answer.status_code for answer in answers] == [200] * 8
    statuses = [json.loads(line)["status"] for a in answers for line in a.text.splitlines()]
    assert len(statuses) == 64_000
    assert set(statuses) <= {201, 202}
    assert {answer.status for answer in singles.values()} <= {201, 202}
    assert len(singles) == 200
