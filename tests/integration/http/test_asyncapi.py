"""The AsyncAPI document describes every event that the feed has."""

from typing import Any

import jsonschema_rs
import msgspec
import pytest

from tests.integration.http.conftest import Client
from tests.support.feed import everything
from tests.support.requests import a_line_body, add_batch, allocate, post


@pytest.fixture
def document(client: Client) -> Any:
    answer = client.get("/asyncapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.aai.asyncapi+json"
    return answer.json()


def test_the_document_has_a_message_for_every_type_of_the_registry(
    client: Client, document: Any
) -> None:
    names = {entry.name for entry in client.app.state.application.registry.entries}
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]["events"]["messages"]) == names
    assert set(document["components"]["messages"]) == names


def test_every_reference_of_the_document_leads_to_a_part_of_it(document: Any) -> None:
    references = set(_references(document))
    assert references
    for reference in references:
        part = document
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]


def test_the_events_of_the_feed_are_valid_by_the_document(client: Client, document: Any) -> None:
    add_batch(client)
    allocate(client)
    post(client, "/change_batch_quantity", {"ref": "b1", "qty": 1})
    post(client, "/allocate", a_line_body(sku="NONE"))
    events = everything(client)
    assert len({event["type"] for event in events}) > 5
    for event in events:
        message = document["components"]["messages"][event["type"]]
        schema = {**message["payload"], "components": document["components"]}
        validator = jsonschema_rs.validator_for(schema)
        validator.validate(event)
        unlike = {**event, "type": "Unheard", "data": msgspec.json.encode(event["data"]).decode()}
        assert len(list(validator.iter_errors(unlike))) == 2


def _references(part: Any) -> Any:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
