"""A server that cannot go on ends, with an error, and leaves nobody without an answer."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from allocation.adapters.sql.engine.database import Database
from tests.support import outrageous
from tests.support.builders import a_batch_created, an_allocation
from tests.support.clients import Request, allocations, answers_to
from tests.support.ledger import read_ledger
from tests.support.serving import Server, running, serving
from tests.support.sockets import A_BATCH
from tests.support.stock_harness import StockHarness

OUTRAGE = Request("/allocate", {"orderid": "outrage", "sku": "LAMP", "qty": 1}, "outrage")


def test_a_follow_up_whose_handler_exits_ends_a_server_that_starts_with_an_error(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = Database(sqlite_url)
    harness = StockHarness(database)
    harness.handle(a_batch_created("b1", 1), an_allocation("outrage", 5))
    harness.begin(a_batch_created("b2", 100), "b2")  # and then it is killed
    database.close()

    with an_outrageous_server(sqlite_url, "SystemExit", tmp_path) as server:
        assert server.ended() == 70

    assert [row["status"] for row in read_ledger(sqlite_url).messages[-1:]] == ["pending"]


@contextmanager
def an_outrageous_server(url: str, name: str, cwd: Path) -> Iterator[Server]:
    """One of whose handlers raises this."""
    with running([sys.executable, str(outrageous.__file__), url, name], cwd) as server:
        yield server


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_a_handler_that_raises_a_base_exception_ends_the_server_with_an_error(
    sqlite_url: str, tmp_path: Path, name: str
) -> None:
    requests = allocations(20, "LAMP")
    with an_outrageous_server(sqlite_url, name, tmp_path) as server:
        assert answers_to(server.address, [A_BATCH])["b1"].status == 201
        answers = answers_to(server.address, requests)
        refused = answers_to(server.address, [OUTRAGE])["outrage"]
        assert refused.status == 503
        assert server.ended() == 70

    critical = [line for line in server.output if '"level": "critical"' in line]
    assert len(critical) == 1
    assert "Traceback" in critical[0]
    assert not any(line.startswith("error:") for line in server.output)

    with serving(sqlite_url, tmp_path) as server:
        assert answers_to(server.address, requests) == answers
        assert answers_to(server.address, [OUTRAGE])["outrage"].status == 201
    assert len(read_ledger(sqlite_url).lines) == 21


LINES = 4_000


def test_a_full_disk_is_one_line_in_the_log_and_not_ready(sqlite_url: str, tmp_path: Path) -> None:
    lines = "".join(
        json.dumps({"type": "AllocationRequired", "orderid": f"o{n}", "sku": "LAMP", "qty": 1})
        + "\n"
        for n in range(LINES)
    )
    with serving(sqlite_url, tmp_path, ulimit="-f 1024") as server:
        answers_to(server.address, [A_BATCH])
        answer = httpx.post(f"{server.address}/messages", content=lines, timeout=60)
        ready = httpx.get(f"{server.address}/health/ready")
        alias = httpx.get(f"{server.address}/health")
        alive = httpx.get(f"{server.address}/health/live")
        server.terminate()

    statuses = [json.loads(line)["status"] for line in answer.text.splitlines()]
    assert statuses.count(503) > 1000
    assert (ready.status_code, alias.status_code, alive.status_code) == (503, 503, 200)
    assert ready.json()["code"] == "store_unavailable"
    about = [line for line in server.output if "not available" in line]
    assert len(about) == 1, about[:3]
    assert len(server.output) < 10, server.output[:10]
