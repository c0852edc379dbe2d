"""A real `allocation serve` under floods of connections that never get to a whole request."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event

import httpx

from tests.support.clients import allocations, answers_to
from tests.support.serving import serving
from tests.support.sockets import (
    A_BATCH,
    HALF_A_HEAD,
    LONG_ANSWER,
    MEGABYTE,
    connected,
    connections,
)
from tests.support.waiting import wait_until


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


def test_a_new_connection_is_503_where_all_others_have_whole_requests(
    sqlite_url: str, tmp_path: Path
) -> None:
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

        wait_until(well_again, "there is room again")
