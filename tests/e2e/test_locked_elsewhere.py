"""What somebody else keeps locked in PostgreSQL holds up nothing but the product it concerns."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.support.requests import a_batch_body, a_line_body
from tests.support.serving import Server, serving
from tests.support.waiting import wait_until

LOCK = "SELECT * FROM products WHERE sku = 'LOCKED' FOR UPDATE"
LOCK_OF_BATCH = "SELECT * FROM batches WHERE sku = 'LOCKED' FOR UPDATE"


@pytest.fixture
def server(postgresql_url: str, tmp_path: Path) -> Iterator[Server]:
    """A server with two products."""
    with serving(postgresql_url, tmp_path) as server:
        for sku in ("LOCKED", "FREE"):
            body = a_batch_body(ref=f"of {sku}", sku=sku)
            assert post(server, "/add_batch", body).status_code == 201
        yield server


def post(server: Server, path: str, body: object) -> httpx.Response:
    return httpx.post(server.address + path, json=body, timeout=30)


def allocate(server: Server, orderid: str, sku: str) -> httpx.Response:
    return post(server, "/allocate", a_line_body(orderid=orderid, sku=sku, qty=1))


def is_promised(server: Server, orderid: str, sku: str) -> bool:
    return allocate(server, orderid, sku).status_code == 201


@contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("lock", [LOCK, LOCK_OF_BATCH])
def test_a_product_that_somebody_has_locked_is_refused_and_the_others_are_served(
    server: Server, postgresql_url: str, lock: str
) -> None:
    with psycopg.connect(postgresql_url) as somebody:
        somebody.execute(lock)

        refused = allocate(server, "o1", "LOCKED")
        assert (refused.status_code, refused.json()["code"]) == (503, "locked")
        assert refused.headers["Retry-After"] == "1"
        change = post(server, "/change_batch_quantity", {"ref": "of LOCKED", "qty": 5})
        assert (change.status_code, change.json()["code"]) == (503, "locked")
        assert allocate(server, "o2", "FREE").status_code == 201
        assert httpx.get(f"{server.address}/health").status_code == 200
        assert [
            line for line in server.output if "another transaction keeps sku LOCKED locked" in line
        ]

        somebody.rollback()
        wait_until(lambda: is_promised(server, "o1", "LOCKED"), "the product is free again")
    assert [line for line in server.output if "is no longer locked" in line]


def test_no_line_of_a_request_overtakes_a_locked_one_of_the_same_batch(
    server: Server, postgresql_url: str
) -> None:
    lines = (
        {"type": "BatchCreated", "ref": "second", "sku": "LOCKED", "qty": 9},
        {"type": "BatchQuantityChanged", "ref": "second", "qty": 7},
        {"type": "AllocationRequired", "orderid": "o1", "sku": "FREE", "qty": 1},
    )
    with psycopg.connect(postgresql_url) as somebody:
        somebody.execute(LOCK)
        content = "\n".join(map(json.dumps, lines))
        response = httpx.post(f"{server.address}/messages", content=content, timeout=30)
    answers = [json.loads(line) for line in response.text.splitlines()]
    codes = [answer.get("error", {}).get("code") for answer in answers]
    assert codes == ["locked", "locked", None]


def test_a_backend_that_is_stopped_is_given_up(server: Server, postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url, autocommit=True) as onlooker:
        backends = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        others = onlooker.execute(f"{backends} AND pid <> pg_backend_pid()").fetchall()
    with stopped([pid for (pid,) in others]):
        assert allocate(server, "o1", "FREE").status_code == 201
        assert httpx.get(f"{server.address}/health").status_code == 200


def test_a_get_is_refused_while_a_transaction_elsewhere_keeps_the_table_locked(
    server: Server, postgresql_url: str
) -> None:
    with psycopg.connect(postgresql_url) as somebody:
        somebody.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")

        refused = httpx.get(f"{server.address}/products/FREE", timeout=30)
        assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
        assert refused.headers["Retry-After"] == "1"

        somebody.rollback()
    assert httpx.get(f"{server.address}/products/FREE", timeout=30).status_code == 200


def test_a_get_whose_backend_is_stopped_before_it_answers_is_refused(
    server: Server, postgresql_url: str
) -> None:
    def waiting() -> list[int]:
        backends = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        rows = onlooker.execute(f"{backends} AND wait_event_type = 'Lock'").fetchall()
        return [pid for (pid,) in rows]

    with (
        psycopg.connect(postgresql_url, autocommit=True) as onlooker,
        psycopg.connect(postgresql_url) as somebody,
        ThreadPoolExecutor() as pool,
    ):
        somebody.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
        answer = pool.submit(httpx.get, f"{server.address}/products/FREE", timeout=30)
        with stopped(wait_until(waiting, "the GET waits for the table")):
            refused = answer.result()
        assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
        assert refused.headers["Retry-After"] == "1"


def test_what_a_stopped_backend_has_locked_is_refused_and_the_others_are_served(
    server: Server, postgresql_url: str
) -> None:
    with psycopg.connect(postgresql_url) as somebody:
        somebody.execute(LOCK)
        with stopped([somebody.info.backend_pid]):
            assert allocate(server, "o1", "LOCKED").json()["code"] == "locked"
            assert allocate(server, "o2", "FREE").status_code == 201
        somebody.rollback()
