"""What somebody else keeps locked in PostgreSQL holds up nothing but the product it concerns."""

import json
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg
import pytest

from allocation.domain.events import AllocationRequired, BatchCreated
from allocation.messaging.errors import Locked
from allocation.messaging.ordering import PROBE_INTERVAL
from allocation.messaging.processor import Processor
from allocation.messaging.retry import RetryPolicy
from tests.support.processors import a_stock_processor
from tests.support.requests import a_batch_body, a_line_body
from tests.support.serving import Server, serving
from tests.support.storages import OpenDatabase, sql_store
from tests.support.waiting import wait_until

OpenProcessor = Callable[[RetryPolicy], Processor]

LOCK = "SELECT * FROM products WHERE sku = 'LOCKED' FOR UPDATE"
LOCK_FREE = "SELECT * FROM products WHERE sku = 'FREE' FOR UPDATE"
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


@pytest.mark.parametrize(
    ("lock", "is_stopped"), [(LOCK, False), (LOCK_OF_BATCH, False), (LOCK, True)]
)
def test_a_product_that_somebody_has_locked_is_refused_and_the_others_are_served(
    server: Server, postgresql_url: str, lock: str, is_stopped: bool
) -> None:
    with psycopg.connect(postgresql_url) as somebody:
        somebody.execute(lock)

        with stopped([somebody.info.backend_pid] if is_stopped else []):
            refused = allocate(server, "o1", "LOCKED")
            assert (refused.status_code, refused.json()["code"]) == (503, "locked")
            assert refused.headers["Retry-After"] == "1"
            change = post(server, "/change_batch_quantity", {"ref": "of LOCKED", "qty": 5})
            assert (change.status_code, change.json()["code"]) == (503, "locked")
            assert allocate(server, "o2", "FREE").status_code == 201
            assert httpx.get(f"{server.address}/health").status_code == 200
        text = "another transaction keeps sku LOCKED locked"
        wait_until(lambda: text in "".join(server.output), "the server says so in its log")

        somebody.rollback()
        wait_until(lambda: is_promised(server, "o1", "LOCKED"), "the product is free again")
    wait_until(lambda: "is no longer locked" in "".join(server.output), "its log says so too")


@pytest.fixture
def open_processor(postgresql_url: str, open_database: OpenDatabase) -> OpenProcessor:
    """Opens a processor that has two products and does not wait long for a lock."""

    def opened(retries: RetryPolicy) -> Processor:
        options = quote("-c lock_timeout=50ms")
        database = open_database(f"{postgresql_url}&options={options}")
        processor = a_stock_processor(sql_store(database), retries=retries)
        for sku in ("LOCKED", "FREE"):
            processor.process([processor.envelope(BatchCreated(sku, sku, 9))])
        return processor

    return opened


def test_a_product_that_many_short_transactions_lock_one_after_another_is_not_refused(
    postgresql_url: str, open_processor: OpenProcessor
) -> None:
    seconds, statements = [0.0], deque([LOCK_FREE])

    def go_on(_: float) -> None:
        busy.commit()
        if statements:
            busy.execute(statements.popleft())

    processor = open_processor(RetryPolicy(sleep=go_on, clock=lambda: seconds[0]))
    with psycopg.connect(postgresql_url) as somebody, psycopg.connect(postgresql_url) as busy:
        somebody.execute(LOCK)
        busy.execute(LOCK_FREE)
        group = [processor.envelope(AllocationRequired("o", sku, 1)) for sku in ("LOCKED", "FREE")]
        answers = processor.process_group(group, backlog=False).answers
        assert [type(answer and answer.error) for answer in answers] == [Locked, type(None)]

        somebody.commit()
        busy.execute(LOCK)
        seconds[0] = PROBE_INTERVAL
        [answer] = processor.process_group(group[:1], backlog=False).answers
        assert answer
        assert answer.error is None


def test_a_product_that_a_waiting_transaction_keeps_locked_is_not_refused(
    postgresql_url: str, open_processor: OpenProcessor
) -> None:
    """As another server does, which has locked it and waits for the lock of a third product."""

    def go_on(_: float) -> None:
        if len(pauses) == 1:  # the pause between the two checks is over
            somebody.rollback()
            waiting.result()
            server.rollback()
        pauses.append(None)

    pauses: list[None] = []
    processor = open_processor(RetryPolicy(sleep=go_on))
    with (
        ThreadPoolExecutor() as pool,
        psycopg.connect(postgresql_url) as server,
        psycopg.connect(postgresql_url) as somebody,
    ):
        somebody.execute(LOCK)
        server.execute(LOCK_FREE)
        waiting = pool.submit(server.execute, LOCK)
        blockers = f"SELECT cardinality(pg_blocking_pids({server.info.backend_pid}))"
        wait_until(lambda: somebody.execute(blockers).fetchone() == (1,), "it waits")

        group = [processor.envelope(AllocationRequired("o", "FREE", 1))]
        [answer] = processor.process_group(group, backlog=False).answers
        assert answer
        assert answer.error is None
        assert len(pauses) > 1, "it had to wait"


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
