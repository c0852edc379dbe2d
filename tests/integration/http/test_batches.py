"""`GET /batches/{ref}`: a batch, and the order lines that are promised from it."""

from typing import Any

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import add_batch, allocate, post

JANUARY, FEBRUARY = "2040-01-01", "2040-02-01"
REF = "PO/1 %& ü"
PAGE = "/batches/PO%2F1%20%25%26%20%C3%BC"


@pytest.fixture
def promised(any_client: Client) -> Client:
    """A shipment of 30 lamps that is promised to o3, o2 and o1, in this order, and delayed."""
    add_batch(any_client, REF, qty=30, eta=JANUARY)
    for orderid in ("o3", "o2"):
        allocate(any_client, orderid)
    delay = {"ref": REF, "eta": FEBRUARY}
    assert post(any_client, "/change_batch_eta", delay).status_code == 200
    allocate(any_client, "o1", qty=5, required_by=FEBRUARY)
    return any_client


def test_a_batch_is_shown_with_its_quantities_and_lines(promised: Client) -> None:
    answer = promised.get(PAGE)
    assert answer.status_code == 200, answer.text
    batch = answer.json()
    lines = batch.pop("lines")
    assert batch == {
        "batchref": REF,
        "status": "available",
        "eta": FEBRUARY,
        "announced_eta": JANUARY,
        "purchased_quantity": 30,
        "allocated_quantity": 25,
        "available_quantity": 5,
        "blocked_quantity": 0,
        "sku": "LAMP",
        "received_from": None,
        "next": None,
    }
    assert [line["orderid"] for line in lines] == ["o3", "o2", "o1"]
    assert [line["late"] for line in lines] == [True, True, False]
    assert lines[2] == {
        "orderid": "o1",
        "sku": "LAMP",
        "line": "",
        "qty": 5,
        "required_by": FEBRUARY,
        "first_promised": FEBRUARY,
        "late": False,
    }


def test_a_batch_is_shown_as_in_the_list_of_its_product(promised: Client) -> None:
    batch = promised.get(PAGE).json()
    [listed] = promised.get("/products/LAMP").json()["batches"]
    assert listed == {name: batch[name] for name in listed}


def test_the_newest_promise_of_a_batch_is_last_and_loses_first(promised: Client) -> None:
    last = promised.get(PAGE).json()["lines"][-1]["orderid"]
    answer = post(promised, "/change_batch_quantity", {"ref": REF, "qty": 24})
    assert [move["orderid"] for move in answer.json()["moved"]] == [last]


@pytest.mark.parametrize("limit", range(1, 5))
def test_a_page_of_a_batch_links_to_the_next_one(promised: Client, limit: int) -> None:
    link: str | None = f"{PAGE}?limit={limit}"
    collected = []
    while link is not None:
        page: dict[str, Any] = promised.get(link).json()
        assert page["batchref"] == REF
        collected += [line["orderid"] for line in page["lines"]]
        link = page["next"]
    assert collected == ["o3", "o2", "o1"]


def test_a_received_part_names_its_shipment(promised: Client) -> None:
    receipt = {"ref": REF, "new_ref": "part", "qty": 10}
    assert post(promised, "/receive_batch_part", receipt).status_code == 200
    part = promised.get("/batches/part").json()
    assert (part["received_from"], part["eta"]) == (REF, None)
    assert [line["orderid"] for line in part["lines"]] == ["o3"]


def test_a_batch_from_which_nothing_is_promised_has_no_lines(promised: Client) -> None:
    add_batch(promised, "unused", sku="SOFA")
    batch = promised.get("/batches/unused").json()
    assert (batch["sku"], batch["lines"], batch["next"]) == ("SOFA", [], None)


@pytest.mark.parametrize("ref", ["PO", "PO%2F1", "LAMP", "%00", "x" * 300, "PO/1/"])
def test_an_unknown_batch_is_404(promised: Client, ref: str) -> None:
    answer = promised.get(f"/batches/{ref}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_batch")


@pytest.mark.parametrize("query", ["after=x", "after=", "limit=0", "limit=1001"])
def test_a_page_of_a_batch_that_cannot_be_is_refused(promised: Client, query: str) -> None:
    answer = promised.get(f"{PAGE}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_value")


def test_the_document_describes_a_batch_with_its_lines(client: Client) -> None:
    document = client.get("/openapi.json").json()
    operation = document["paths"]["/batches/{ref}"]["get"]
    assert operation["operationId"] == "get_batch"
    assert [parameter["name"] for parameter in operation["parameters"]] == ["ref", "limit", "after"]
    fields = document["components"]["schemas"]["BatchWithLines"]["properties"]
    assert {"batchref", "sku", "received_from", "lines", "next"} <= set(fields)
