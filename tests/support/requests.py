"""Requests to the service; what a test does not name is unremarkable."""

import json
from typing import Any

from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]


def post(client: Client, path: str, body: Any, key: str | None = None) -> Response:
    """Ask for something, with the id of the message if there is a key."""
    headers = {} if key is None else {b"Idempotency-Key": key.encode()}
    # Written here, as the client's own writing knows no lone surrogates.
    return client.post(path, content=json.dumps(body), headers=headers)


def a_batch_body(**other: Any) -> dict[str, Any]:
    """What `/add_batch` takes."""
    return {"ref": "b1", "sku": "LAMP", "qty": 100, "eta": None, **other}


def a_line_body(**other: Any) -> dict[str, Any]:
    """What `/allocate` takes."""
    return {"orderid": "o1", "sku": "LAMP", "qty": 10, **other}


def add_batch(client: Client, ref: str = "b1", qty: int = 100, **other: Any) -> None:
    """Have a batch taken in."""
    answer = post(client, "/add_batch", a_batch_body(ref=ref, qty=qty, **other))
    assert answer.status_code == 201, answer.text


def allocate(client: Client, orderid: str = "o1", qty: int = 10, **other: Any) -> str | None:
    """Have a line taken in; the batch that it is promised from."""
    answer = post(client, "/allocate", a_line_body(orderid=orderid, qty=qty, **other))
    assert answer.status_code in (201, 202), answer.text
    batchref: str | None = answer.json()["batchref"]
    return batchref


def a_move(
    orderid: str, source: str | None, target: str | None, qty: int = 10, **other: Any
) -> dict[str, Any]:
    """A move of units from batch to batch, as it is answered."""
    return {
        "orderid": orderid,
        "sku": "LAMP",
        "qty": qty,
        "from_batchref": source,
        "to_batchref": target,
        "line": None,
        "from_eta": None,
        "to_eta": None,
        "grown_from": None,
        **other,
    }
