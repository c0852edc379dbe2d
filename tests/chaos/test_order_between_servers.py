"""A line that comes to one server waits for the cascade that another server has begun."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from allocation.domain.events import AllocationRequired, BatchCreated
from tests.support.ledger import read_ledger
from tests.support.requests import a_line_body
from tests.support.serving import serving
from tests.support.stock_harness import StockHarness
from tests.support.storages import OpenDatabase

LINES = 100


@pytest.fixture
def other_server(database_url: str, tmp_path: Path) -> Iterator[httpx.Client]:
    """A server that is serving before the cascade begins, by a connection that is open."""
    with serving(database_url, tmp_path) as server, httpx.Client(base_url=server.address) as client:
        assert client.get("/health").status_code == 200
        yield client


def test_a_new_line_at_one_server_comes_after_an_unfinished_cascade_of_another(
    database_url: str, other_server: httpx.Client, open_database: OpenDatabase
) -> None:
    ours = StockHarness(open_database(database_url), max_group_size=LINES // 2)
    old = [f"old-{n}" for n in range(LINES)]
    ours.handle(
        BatchCreated("b0", "LAMP", 1),
        *(AllocationRequired(orderid, "LAMP", 1) for orderid in ("first", *old)),
    )
    announced = ours.processor.envelope(BatchCreated("b1", "LAMP", LINES))

    assert ours.processor.process_group([announced], backlog=False).has_backlog
    answer = other_server.post("/allocate", json=a_line_body(orderid="new", qty=1), timeout=30)

    assert (answer.status_code, answer.json()["batchref"]) == (202, None)
    batchrefs = read_ledger(database_url).batchrefs
    assert {batchrefs[orderid, "LAMP"] for orderid in old} == {"b1"}
    assert batchrefs["new", "LAMP"] is None
