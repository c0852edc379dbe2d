"""`GET /late`: the order lines that are late."""

from typing import Any

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import add_batch, allocate, post

JANUARY, FEBRUARY = "2040-01-01", "2040-02-01"


@pytest.fixture
def late(client: Client) -> Client:
    """A delayed shipment is promised to o1, o2 and o3, an overdue one to o4."""
    add_batch(client, "b/1", qty=30, eta=JANUARY)
    for orderid in ("o1", "o2", "o3"):
        allocate(client, orderid)
    assert post(client, "/change_batch_eta", {"ref": "b/1", "eta": FEBRUARY}).status_code == 200
    add_batch(client, "b2", qty=10, sku="SOFA", eta="2001-01-01")
    allocate(client, "o4", sku="SOFA")
    return client


def test_a_late_line_is_listed_with_its_dates(late: Client) -> None:
    answer = late.get("/late?limit=2")
    assert answer.status_code == 200, answer.text
    [o4, o1] = answer.json()["lines"]
    assert (o4["orderid"], o4["batchref"], o4["overdue"]) == ("o4", "b2", True)
    assert o1 == {
        "orderid": "o1",
        "sku": "LAMP",
        "line": "",
        "qty": 10,
        "batchref": "b/1",
        "eta": FEBRUARY,
        "overdue": False,
        "due": JANUARY,
        "first_promised": JANUARY,
        "required_by": None,
    }


@pytest.mark.parametrize(
    ("query", "orderids"),
    [("limit=1", ["o4", "o1", "o2", "o3"]), ("limit=2&sku=LAMP", ["o1", "o2", "o3"])],
)
def test_a_page_links_to_the_next_one(late: Client, query: str, orderids: list[str]) -> None:
    link: str | None = f"/late?{query}"
    collected = []
    while link is not None:
        page: dict[str, Any] = late.get(link).json()
        collected += [line["orderid"] for line in page["lines"]]
        link = page["next"]
    assert collected == orderids


def test_nothing_is_late_in_an_empty_shop(client: Client) -> None:
    assert client.get("/late").json() == {"lines": [], "next": None}


@pytest.mark.parametrize("query", ["after=x", "after=", "limit=0", "limit=1001"])
def test_a_page_that_cannot_be_is_refused(late: Client, query: str) -> None:
    answer = late.get(f"/late?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_value")
