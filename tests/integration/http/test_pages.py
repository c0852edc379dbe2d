"""The batches of a product come a page at a time; each page links to the next."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import add_batch, allocate

SKU = "LAMP/ÖL & CO"
PAGE = f"/products/{SKU}"
SHIPMENTS = [("s3", "2030-01-01"), ("s1", "2030-01-02"), ("s2", "2030-01-02")]


@pytest.fixture
def stocked(any_client: Client) -> Client:
    """A service with a product of two batches in stock and three shipments."""
    for ref, eta in (*reversed(SHIPMENTS), ("b&2", None), ("b 1", None)):
        add_batch(any_client, ref, qty=10, sku=SKU, eta=eta)
    return any_client


def pages(client: Client, path: str) -> Iterator[list[str]]:
    """The references on a page, and on those to which it leads."""
    while path:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        yield [batch["batchref"] for batch in answer.json()["batches"]]
        link = re.fullmatch('<(.*)>; rel="next"', answer.headers.get("link", ""))
        path = link[1] if link else ""


@pytest.mark.parametrize("limit", range(1, 7))
def test_the_pages_hold_each_batch_once_in_the_order_of_preference(
    stocked: Client, limit: int
) -> None:
    every = ["b 1", "b&2", "s3", "s1", "s2"]
    expected = [every[first : first + limit] for first in range(0, len(every), limit)]

    assert list(islice(pages(stocked, f"{PAGE}?limit={limit}"), 6)) == expected


def test_a_product_with_few_batches_is_one_page(stocked: Client) -> None:
    assert "link" not in stocked.get(PAGE).headers


def test_exhausted_batches_are_listed(stocked: Client) -> None:
    allocate(stocked, qty=10, sku=SKU)

    first = stocked.get(PAGE).json()["batches"][0]

    assert (first["batchref"], first["available_quantity"]) == ("b 1", 0)


def test_a_page_after_a_batch_that_is_not_the_products_is_not_there(stocked: Client) -> None:
    add_batch(stocked, "other", sku="CHAIR")

    for after in ("other", "none", "%00"):
        answer = stocked.get(f"{PAGE}?after={after}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_batch")


@pytest.mark.parametrize("limit", ["0", "1001", "x", ""])
def test_a_limit_that_cannot_be_is_refused(stocked: Client, limit: str) -> None:
    answer = stocked.get(f"{PAGE}?limit={limit}")

    failure = answer.json()
    assert (answer.status_code, failure["code"], failure["field"]) == (
        400,
        "invalid_value",
        "limit",
    )
    assert failure["message"].startswith(f"limit {limit!r} is refused: ")


def test_the_parameters_and_the_link_are_documented(client: Client) -> None:
    document: dict[str, Any] = client.get("/openapi.json").json()
    operation = document["paths"]["/products/{sku}"]["get"]

    schemas = {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
    assert schemas.keys() == {"sku", "limit", "after"}
    assert (schemas["limit"]["minimum"], schemas["limit"]["maximum"]) == (1, 1_000)
    assert all(parameter["description"] for parameter in operation["parameters"][1:])
    assert operation["responses"]["200"]["headers"].keys() == {"Link"}
