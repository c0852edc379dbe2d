"""The service tells what it can do: an OpenAPI document, and a page that shows it."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import post

STATUSES = {
    ("/add_batch", "post"): {"201", "400", "409", "422", "503"},
    ("/allocate", "post"): {"201", "202", "400", "409", "422", "503"},
    ("/change_batch_quantity", "post"): {"200", "400", "404", "422", "503"},
    ("/products/{sku}", "get"): {"200", "404"},
    ("/allocations/{orderid}", "get"): {"200", "404"},
    ("/health", "get"): {"200", "503"},
    ("/health/live", "get"): {"200", "503"},
    ("/health/ready", "get"): {"200", "503"},
    ("/dead-letters", "get"): {"200"},
    ("/dead-letters/{id}", "get"): {"200", "404"},
    ("/dead-letters/{id}/replay", "post"): {"200", "404"},
    ("/dead-letters/{id}/discard", "post"): {"204", "404"},
    ("/dead-letters/replay", "post"): {"200"},
    ("/messages", "post"): {"200"},
}


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    answer = client.get("/docs/openapi.json")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def test_the_document_tells_every_endpoint_with_every_status(document: dict[str, Any]) -> None:
    told = {
        (path, method): set(operation["responses"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }

    assert document["openapi"].startswith("3.")
    assert told.keys() == STATUSES.keys()
    for endpoint, statuses in STATUSES.items():
        assert statuses <= told[endpoint], endpoint


def test_every_body_is_described_and_its_example_works(
    client: Client, document: dict[str, Any]
) -> None:
    for path in ("/add_batch", "/allocate"):
        operation = document["paths"][path]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert operation["requestBody"]["required"] is True
        assert set(schema["required"]) <= set(schema["properties"])
        (example,) = schema["examples"]
        assert example.keys() == schema["properties"].keys()
        answer = post(client, path, example)
        assert str(answer.status_code) in operation["responses"]
        assert answer.status_code == 201


def test_every_post_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for path, method in STATUSES:
        # What is dead by then is to be replayed too; and each line of many may have an id.
        if method == "post" and path not in ("/dead-letters/replay", "/messages"):
            parameters = document["paths"][path]["post"]["parameters"]
            keys = [p for p in parameters if p["name"].lower() == "idempotency-key"]
            assert [(key["in"], key["required"]) for key in keys] == [("header", False)], path


def test_every_reference_in_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    references = list(references_in(document))

    assert references
    for reference in references:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_the_page_needs_no_other_host(client: Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")

    links = re.findall(r"""(?:src|href)\s*=\s*["']([^"']+)["']""", page.text)
    assert links
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page.text)
    assert "cdn" not in page.text
    for link in links:
        if not link.startswith("data:"):
            asset = client.get(urljoin("http://testserver.local/docs", link))
            assert asset.status_code == 200, link
            assert asset.content


def test_the_front_page_leads_to_it(client: Client) -> None:
    answer = client.get("/", follow_redirects=False)

    assert answer.is_redirect
    assert answer.headers["location"] == "/docs"


def references_in(node: Any) -> Iterator[str]:
    """Every `$ref` at any depth."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from references_in(value)
