"""Whatever a sku or an order is called, it can be looked up.

Over a real connection: what a client in the same process does to a path is not what a
server gets to see.
"""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.support.clients import Request, answers_to
from tests.support.databases import SQLite
from tests.support.serving import serving

NAMES = (
    *("A/B", "/A", "A/", "A//B", "100%", "%2F", "%", "a b", "a?b", "a#b", "a&b=c", "a;b"),
    *(".", "..", "../health", "Grüße-日本", "a+b", "a\\b", '"quoted"', "<b>", "'; --", "🛋"),
)


@pytest.fixture(scope="module")
def address(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a service serves that has a product and an order of each name."""
    folder = tmp_path_factory.mktemp("odd-names")
    with serving(sqlite.migrated(folder), folder) as server:
        for number, name in enumerate(NAMES):
            batch = {"ref": f"batch of {name}", "sku": name, "qty": 10, "eta": None}
            line = {"orderid": name, "sku": name, "qty": 1}
            requests = [Request("/add_batch", batch, f"b{number}")]
            requests.append(Request("/allocate", line, f"o{number}"))
            answers_to(server.address, requests, callers=1)
        yield server.address


@pytest.mark.parametrize("name", NAMES)
def test_a_product_and_an_order_are_found_by_their_name(address: str, name: str) -> None:
    status, body = get(address, f"/products/{quote(name, safe='')}")

    assert status == 200, body
    assert body["sku"] == name
    assert [batch["batchref"] for batch in body["batches"]] == [f"batch of {name}"]
    status, lines = get(address, f"/allocations/{quote(name, safe='')}")
    assert status == 200, lines
    assert [(line["orderid"], line["sku"]) for line in lines] == [(name, name)]


def get(address: str, path: str) -> tuple[int, Any]:
    """Ask for exactly this path."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()
