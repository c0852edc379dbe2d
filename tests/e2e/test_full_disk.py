"""A real `allocation serve` whose disk is full: one line in the log, and not ready."""

import json
from pathlib import Path

import httpx

from tests.support.clients import answers_to
from tests.support.serving import serving
from tests.support.sockets import A_BATCH

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
