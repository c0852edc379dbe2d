"""The service tells what it can do: an OpenAPI document, and a page that shows it."""

import json
import re
from typing import Any
from urllib.parse import urljoin

import jsonschema_rs
import pytest

from allocation.domain.validation import EARLIEST_DATE, LARGEST_QUANTITY, LATEST_DATE, LONGEST_TEXT
from allocation.entrypoints.http.error_responses import code_of, every_kind
from allocation.entrypoints.http.schemas import NAME
from allocation.service_layer.messagebus import REGISTRY
from allocation.views import LISTS
from tests.integration.http.conftest import Client
from tests.support.requests import post

EVERYWHERE = {"400", "401", "403", "408", "421", "429", "431", "500", "503"}
CHANGE = EVERYWHERE
BODY = CHANGE | {"413"}
STATUSES = {
    ("/add_batch", "post"): BODY | {"200", "201", "409", "422"},
    ("/allocate", "post"): BODY | {"200", "201", "202", "409", "422"},
    ("/change_batch_quantity", "post"): BODY | {"200", "404", "409", "422"},
    ("/change_batch_eta", "post"): BODY | {"200", "404", "409", "422"},
    ("/block_batch", "post"): BODY | {"200", "404", "409", "422"},
    ("/unblock_batch", "post"): BODY | {"200", "404", "409", "422"},
    ("/receive_batch_part", "post"): BODY | {"200", "404", "409", "422"},
    ("/cancel_batch", "post"): BODY | {"200", "404", "422"},
    ("/change_order_line", "post"): BODY | {"200", "404", "409", "422"},
    ("/ship_order", "post"): BODY | {"200", "404", "409", "422"},
    ("/unship_order_line", "post"): BODY | {"200", "404", "409", "422"},
    ("/ship_order_line", "post"): BODY | {"200", "404", "409", "422"},
    ("/cancel_order_line", "post"): BODY | {"200", "404", "409", "422"},
    ("/cancel_order", "post"): BODY | {"200", "404", "409", "422"},
    ("/messages", "post"): BODY | {"200"},
    ("/availability/{sku}", "get"): EVERYWHERE | {"200", "400", "404"},
    ("/products/{sku}", "get"): EVERYWHERE | {"200", "404"},
    ("/batches/{ref}", "get"): EVERYWHERE | {"200", "400", "404"},
    ("/allocations/{orderid}", "get"): EVERYWHERE | {"200", "404"},
    **{(f"/{listing.name}", "get"): EVERYWHERE | {"200", "400", "406"} for listing in LISTS},
    ("/moves/{id}", "get"): EVERYWHERE | {"200", "400", "404"},
    ("/promises/{id}", "get"): EVERYWHERE | {"200", "400", "404"},
    ("/orders/{orderid}/history", "get"): EVERYWHERE | {"200", "400", "404"},
    ("/messages/{id}", "get"): EVERYWHERE | {"200", "400", "404"},
    ("/session", "get"): EVERYWHERE | {"200"},
    ("/events", "get"): EVERYWHERE | {"200", "400", "406", "410", "429"},
    ("/health", "get"): EVERYWHERE | {"200"},
    ("/health/live", "get"): EVERYWHERE | {"200"},
    ("/health/ready", "get"): EVERYWHERE | {"200"},
    ("/dead-letters", "get"): EVERYWHERE | {"200"},
    ("/dead-letters/{id}", "get"): EVERYWHERE | {"200", "404"},
    ("/dead-letters/{id}/replay", "post"): CHANGE | {"200", "404", "422"},
    ("/dead-letters/{id}/discard", "post"): CHANGE | {"204", "404", "409", "422"},
    ("/dead-letters/replay", "post"): CHANGE | {"200"},
    ("/keys", "get"): EVERYWHERE | {"200"},
    ("/keys/create", "post"): BODY | {"201", "409"},
    ("/keys/{prefix}/rotate", "post"): BODY | {"201", "404", "409"},
    ("/keys/{prefix}/revoke", "post"): CHANGE | {"200", "404", "409"},
}
NDJSON = "application/x-ndjson"


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    answer, other = (client.get(path) for path in ("/docs/openapi.json", "/openapi.json"))
    assert (answer.status_code, answer.content) == (200, other.content)
    assert answer.headers["content-type"] == other.headers["content-type"]
    openapi: dict[str, Any] = answer.json()
    return openapi


def test_the_document_has_every_endpoint_with_every_status(document: dict[str, Any]) -> None:
    answers = {
        (path, method): set(operation["responses"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }

    assert document["openapi"].startswith("3.")
    assert answers == STATUSES


def test_every_operation_has_an_id_and_a_summary_as_people_write_them(
    document: dict[str, Any],
) -> None:
    operations = {
        operation["operationId"]: operation["summary"]
        for operations in document["paths"].values()
        for operation in operations.values()
    }
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", id) for id in operations)
    assert all(re.fullmatch(r"[A-Z].* .*[^.]", summary) for summary in operations.values())
    for entry in REGISTRY.incoming.values():
        assert operations[entry.as_incoming.verb] == entry.as_incoming.summary


def test_every_error_is_described_with_its_codes(document: dict[str, Any]) -> None:
    for path, method in STATUSES:
        for status, response in document["paths"][path][method]["responses"].items():
            if status >= "400":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Failure"}
                assert re.findall(r"^`(\w+)`: [A-Z]", response["description"], re.MULTILINE)
            if status in ("429", "503"):
                assert response["headers"]["Retry-After"]["schema"]["type"] == "integer"
    failure = document["components"]["schemas"]["Failure"]
    assert failure["required"] == ["code", "message"]


def test_the_bounds_in_the_document_are_those_of_the_rules(document: dict[str, Any]) -> None:
    bodies = {
        path: document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        for path in ("/add_batch", "/allocate", "/change_batch_quantity")
    }
    for path, body in bodies.items():
        schema = body["schema"]
        assert schema["additionalProperties"] is False
        assert schema["properties"]["qty"] == {
            "type": "integer",
            "minimum": 0 if path == "/change_batch_quantity" else 1,
            "maximum": LARGEST_QUANTITY,
        }
        texts = [
            schema_of_text(property_)
            for name, property_ in schema["properties"].items()
            if name not in ("qty", "eta", "required_by", "split")
        ]
        assert [(text["minLength"], text["maxLength"]) for text in texts] == (
            [(1, LONGEST_TEXT)] * len(texts)
        )
    for path, name in (("/add_batch", "eta"), ("/allocate", "required_by")):
        day, nothing = bodies[path]["schema"]["properties"][name]["oneOf"]
        assert (day["type"], day["format"], nothing) == ("string", "date", {"type": "null"})
        years = {year for year in range(10_000) if re.search(day["pattern"], f"{year:04}-02-03")}
        assert years == set(range(EARLIEST_DATE.year, LATEST_DATE.year + 1))
    for path, names in (("/add_batch", ["ref", "sku", "qty"]), ("/allocate", ["orderid"])):
        assert set(names) <= set(bodies[path]["schema"]["required"])


def schema_of_text(schema: dict[str, Any]) -> dict[str, Any]:
    """That of the text itself: a reason may also be null, the name of a line also empty."""
    while "oneOf" in schema:
        schema = schema["oneOf"][0]
    return schema


CAN_BE = ("A", "a b", "Grüße-日本", "%2F", "🛋", "o\u0308", "x" * 255)
CANNOT_BE = ("", " ", " a", "a ", "a\nb", "a\x00", "a\u200bb", "\u2028", "a\xa0b")


@pytest.mark.parametrize("text", CAN_BE + CANNOT_BE)
def test_the_pattern_of_names_in_the_document_allows_those_that_can_be(text: str) -> None:
    assert jsonschema_rs.is_valid({"type": "string", "pattern": NAME}, text) is (text in CAN_BE)


def test_many_messages_are_described_line_by_line(document: dict[str, Any]) -> None:
    operation = document["paths"]["/messages"]["post"]
    asked, answered = operation["requestBody"]["content"], operation["responses"]["200"]["content"]
    assert list(asked) == ["text/plain", NDJSON]
    assert list(answered) == [NDJSON]
    for described in asked.values():
        titles = [each["title"] for each in described["schema"]["contentSchema"]["oneOf"]]
        assert titles == list(REGISTRY.incoming)


@pytest.mark.parametrize("content_type", ["text/plain", NDJSON])
def test_the_bulk_example_works_as_the_page_sends_it(
    client: Client, document: dict[str, Any], content_type: str
) -> None:
    """Of a type with "json" in its name the page would send it as one JSON string, in quotes."""
    content = document["paths"]["/messages"]["post"]["requestBody"]["content"]
    assert [kind for kind, described in content.items() if "examples" in described] == [
        "text/plain"
    ]
    (example,) = content["text/plain"]["examples"].values()

    answer = client.post(
        "/messages", content=example["value"], headers={"Content-Type": content_type}
    )

    assert answer.headers["content-type"] == NDJSON
    answers = [json.loads(line) for line in answer.text.splitlines()]
    assert len(answers) == len(REGISTRY.incoming)
    assert all(line["status"] in (200, 201, 202) for line in answers)


def test_every_body_is_described_and_its_example_works(
    client: Client, document: dict[str, Any]
) -> None:
    for entry in REGISTRY.incoming.values():
        path = f"/{entry.as_incoming.verb}"
        operation = document["paths"][path]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert operation["requestBody"]["required"] is True
        assert set(schema["required"]) <= set(schema["properties"])
        (example,) = schema["examples"]
        assert set(schema["required"]) <= example.keys() <= schema["properties"].keys()
        answer = post(client, path, example)
        assert str(answer.status_code) in operation["responses"]
        assert answer.status_code < 300


def test_every_post_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for path, method in STATUSES:
        # What is dead by then is to be replayed too; each line of many may have an id; and the
        # text of a key is not stored, so that no answer could have it again.
        others = ("/dead-letters/replay", "/messages")
        if method == "post" and path not in others and not path.startswith("/keys/"):
            parameters = document["paths"][path]["post"]["parameters"]
            keys = [p for p in parameters if p["name"].lower() == "idempotency-key"]
            assert [(key["in"], key["required"]) for key in keys] == [("header", False)], path


def test_the_page_needs_no_other_host(client: Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")

    links = re.findall(r"""(?:src|href)\s*=\s*["']([^"']+)["']""", page.text)
    assert links
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page.text)
    assert "cdn" not in page.text
    for tag, attributes, content in re.findall(r"<(script|style)([^>]*)>(.*?)</", page.text):
        assert (tag, content) == ("script", ""), "which the content policy blocks"
        assert "src=" in attributes
    assert not re.search(r"<[^>]+\s(?:style|on\w+)\s*=", page.text)
    for link in links:
        if not link.startswith("data:"):
            asset = client.get(urljoin("/docs", link))
            assert asset.status_code == 200, link
            assert asset.content


def test_the_front_page_links_to_the_documentation(client: Client) -> None:
    assert '<a href="/docs">' in client.get("/").text


def test_every_code_is_in_the_document_under_some_operation(client: Client) -> None:
    # Of addresses and methods that are not in the document, such as the board's, and of another
    # way to the domain.
    other_place = {"method_not_allowed", "already_allocated", "stale_version", "too_many_imports"}
    document = client.get("/openapi.json").text
    codes = {code_of(kind) for kind in every_kind()}

    assert {code for code in codes if f"`{code}`" not in document} == other_place
