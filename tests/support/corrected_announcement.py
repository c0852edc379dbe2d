"""Sends the message of docs/adding-a-message.md, in a copy of the package that has it.

    python -m tests.support.corrected_announcement stores memory|URL
    python -m tests.support.corrected_announcement http URL

It prints what was answered, as JSON.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from litestar.testing import TestClient

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryStore
from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.store import SqlStore
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain import events
from allocation.entrypoints.http.app import create_app
from allocation.messaging.log import Answer
from allocation.messaging.ports import Store
from allocation.messaging.processor import Processor
from allocation.service_layer.messagebus import REGISTRY
from tests.support.processors import a_stock_processor

HOST = "allocation.test"


def stores(place: str) -> list[Any]:
    """What two processes answer, one after the other, on a store of this kind."""
    memory = Memory()

    def store() -> Store:
        if place == "memory":
            return MemoryStore(REGISTRY, memory)
        return SqlStore(Database(place), REGISTRY)

    corrected = vars(events)["AnnouncementCorrected"]("B1", 40)
    first, second = a_stock_processor(store()), a_stock_processor(store())
    answers = [
        handled(first, events.BatchCreated("B1", "LAMP", 4), "k1"),
        handled(first, corrected, "k2"),
        handled(second, corrected, "k2"),
        handled(second, events.BatchCreated("B1", "LAMP", 40), "k3"),
        handled(second, events.BatchCreated("B1", "LAMP", 5), "k4"),
    ]
    return [[type(a.error).__name__ if a.error else "done", a.repeated] for a in answers]


def handled(processor: Processor, message: object, id: str) -> Answer:
    """What the processor answers."""
    return processor.process([processor.envelope(message, id)])[0]


def http(url: str) -> list[Any]:
    """What the service answers to a request for each thing that can be asked, and its document."""
    with TestClient(
        create_app(bootstrap(Settings(url)), (HOST,), may_be_open=True), base_url=f"http://{HOST}"
    ) as client:
        path, key = "/correct_announcement", {"Idempotency-Key": "k1"}
        lines = [
            {"type": "AnnouncementCorrected", "ref": "B1", "qty": 41},
            {"type": "AnnouncementCorrected", "ref": "B1"},
        ]
        answers = [
            client.post("/add_batch", json={"ref": "B1", "sku": "LAMP", "qty": 4}),
            client.post(path, json={"ref": "B1", "qty": 40}, headers=key),
            client.post(path, json={"ref": "B1", "qty": 40}, headers=key),
            client.post(path, json={"ref": "B1", "qty": 44}, headers=key),
            client.post("/add_batch", json={"ref": "B1", "sku": "LAMP", "qty": 40}),
            client.post(path, json={"ref": "B2", "qty": 40}),
            client.post(path, json={"ref": "B1", "qty": 0}),
            client.post(path, json={"ref": "B1", "quantity": 40}),
        ]
        bulk = client.post("/messages", content="\n".join(map(json.dumps, lines)))
        document = client.get("/openapi.json").json()
        return [
            *([a.status_code, a.json()] for a in answers),
            *([line["status"], line] for line in map(json.loads, bulk.text.splitlines())),
            document["paths"].get(path),
        ]


if __name__ == "__main__":
    check: Callable[[str], list[Any]] = {"stores": stores, "http": http}[sys.argv[1]]
    sys.stdout.write(json.dumps(check(sys.argv[2])))
