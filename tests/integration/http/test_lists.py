"""`GET /batches` and so on: a page of a list as JSON, with the address of the next one."""

import re
from typing import Any

import pytest

from allocation.views import LISTS, Listing
from tests.integration.http.conftest import Client
from tests.support.requests import add_batch, allocate, post

EVERY = pytest.mark.parametrize("listing", LISTS, ids=[each.name for each in LISTS])


@pytest.fixture
def stocked(any_client: Client) -> Client:
    """Two batches and two shipments, with lines of every kind."""
    add_batch(any_client, "b 1", qty=30)
    add_batch(any_client, "b&2", qty=10, sku="SOFA")
    add_batch(any_client, "s1", qty=10, sku="SOFA", eta="2001-01-01")
    add_batch(any_client, "s2", qty=5, sku="LAMP", eta="2040-01-01")
    for number, sku in enumerate(("LAMP", "LAMP", "LAMP", "SOFA", "SOFA", "SOFA", "LAMP")):
        allocate(any_client, f"o/{number}", sku=sku, required_by="2030-01-01")
    return any_client


@EVERY
def test_the_pages_are_the_whole_list(stocked: Client, listing: Listing[Any]) -> None:
    every = stocked.get(f"/{listing.name}").json()
    assert every["next"] is None
    assert every[listing.items]
    rows: list[Any] = []
    address: str | None = f"/{listing.name}?limit=1"
    while address is not None:
        answer = stocked.get(address)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page[listing.items]) == 1
        rows += page[listing.items]
        address = page["next"]
        link = re.fullmatch('<(.*)>; rel="next"', answer.headers.get("link", ""))
        assert (link[1] if link else None) == address
    assert rows == every[listing.items]


@EVERY
def test_a_list_of_nothing_is_empty(client: Client, listing: Listing[Any]) -> None:
    answer = client.get(f"/{listing.name}")
    assert answer.json() == {listing.items: [], "next": None}
    assert answer.headers["vary"] == "Accept"


def test_a_filter_stays_in_the_address_of_the_next_page(stocked: Client) -> None:
    page = stocked.get("/batches?sku=SOFA&sort=ref&limit=1").json()
    assert [row["batchref"] for row in page["batches"]] == ["b&2"]
    assert "sku=SOFA&sort=ref&limit=1&after=" in page["next"]
    page = stocked.get(page["next"]).json()
    assert ([row["batchref"] for row in page["batches"]], page["next"]) == (["s1"], None)


def test_a_name_in_a_filter_is_normalised_like_all_names(stocked: Client) -> None:
    add_batch(stocked, "b9", sku="STÜHLE")
    for sku in ("STU\u0308HLE", "STÜHLE"):
        page = stocked.get("/batches", params={"sku": sku}).json()
        assert [row["batchref"] for row in page["batches"]] == ["b9"]


def test_a_prefix_may_end_with_a_blank(stocked: Client) -> None:
    for ref in ("r 1", "r-2", "r"):
        add_batch(stocked, ref, sku="SOFA")
    page = stocked.get("/batches", params={"ref_prefix": "r "}).json()
    assert [row["batchref"] for row in page["batches"]] == ["r 1"]


def test_a_value_that_is_not_utf_8_is_refused(client: Client) -> None:
    for query, field, value in (
        ("sku=%FF", "sku", "\ufffd"),
        ("ref_prefix=a%C3", "ref_prefix", "a\ufffd"),
        ("%FF=LAMP", "\ufffd", "LAMP"),
    ):
        failure = client.get(f"/batches?{query}")
        assert failure.status_code == 400, query
        assert failure.json()["field"] == field
        assert failure.json()["message"].startswith(f"{field} '{value}' is not ")


def test_a_replacement_character_is_a_character(client: Client) -> None:
    add_batch(client, "b1", sku="A\ufffd")
    assert len(client.get("/batches?sku=A%EF%BF%BD").json()["batches"]) == 1


def test_an_order_shows_its_units_and_its_status(stocked: Client) -> None:
    post(stocked, "/ship_order", {"orderid": "o/0"})
    [shipped, allocated, *_] = stocked.get("/orders").json()["orders"]
    assert (shipped["status"], shipped["shipped"], shipped["required_by"]) == ("shipped", 10, None)
    assert allocated == {
        "orderid": "o/1",
        "status": "allocated",
        "lines": 1,
        "ordered": 10,
        "allocated": 10,
        "waiting": 0,
        "shipped": 0,
        "cancelled": 0,
        "latest_eta": None,
        "required_by": "2030-01-01",
        "late": False,
    }


@EVERY
@pytest.mark.parametrize(
    ("query", "field"),
    [
        *(("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("limit=", "limit")),
        *(("limit=1&limit=2", "limit"), ("after=x", "after"), ("after=", "after")),
        *(("sort=x", "sort"), ("skus=LAMP", "skus"), ("limit=٣", "limit"), ("=", "")),
    ],
)
def test_an_invalid_parameter_is_refused_by_name_and_value(
    client: Client, listing: Listing[Any], query: str, field: str
) -> None:
    answer = client.get(f"/{listing.name}?{query}")
    failure = answer.json()
    assert (answer.status_code, failure["code"]) == (400, "invalid_value")
    assert failure["field"] == field
    assert failure["message"].startswith(f"{field} '")


WRONG = {
    "name": ["", " ", "a\0", "x" * 256],
    "date": ["", "2030-1-1", "2030-02-30", "20300101", "2030-W01-1"],
    "flag": ["", "1", "yes", "True"],
    "choice": ["", "x"],
    "number": ["", "-1", "1.5", "36501", "99999999"],
}


@EVERY
def test_an_invalid_value_of_a_filter_is_refused(client: Client, listing: Listing[Any]) -> None:
    for each in listing.filters:
        for text in WRONG[each.kind]:
            answer = client.get(f"/{listing.name}", params={each.name: text})
            failure = answer.json()
            assert (answer.status_code, failure["code"]) == (400, "invalid_value"), each.name
            assert failure["field"] == each.name


@EVERY
def test_every_list_is_documented(client: Client, listing: Listing[Any]) -> None:
    document = client.get("/openapi.json").json()
    operation = document["paths"][f"/{listing.name}"]["get"]
    names = [parameter["name"] for parameter in operation["parameters"]]
    assert names == ["limit", "after", "sort", *(each.name for each in listing.filters)]
    answer = operation["responses"]["200"]
    assert list(answer["content"]) == ["application/json", "application/x-ndjson", "text/csv"]
    assert answer["headers"].keys() == {"Link", "Content-Disposition"}
    page = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert set(document["components"]["schemas"][page]["properties"]) == {listing.items, "next"}
    row = document["components"]["schemas"][listing.row.__name__]
    assert tuple(row["properties"]) == listing.columns
