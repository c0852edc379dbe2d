"""Who sent a message is what the access layer says, whatever the request itself claims."""

import json
from typing import Any

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import a_batch_body, post

CLAIMS = {"Sender": "key:admin", "X-Sender": "key:admin", "From": "user:root"}


def sender_of(client: Client, id: str) -> Any:
    return client.get(f"/messages/{id}").json()["message"]["sender"]


def test_a_request_without_a_key_is_anonymous(any_client: Client) -> None:
    post(any_client, "/add_batch", a_batch_body(), "m1").raise_for_status()

    assert sender_of(any_client, "m1") == "anonymous"


def test_a_header_cannot_name_another_sender(any_client: Client) -> None:
    headers = {**CLAIMS, "Idempotency-Key": "m1"}
    any_client.post("/add_batch", json=a_batch_body(), headers=headers).raise_for_status()

    assert sender_of(any_client, "m1") == "anonymous"


@pytest.mark.parametrize("path", ["/add_batch", "/messages"])
def test_a_field_of_a_body_cannot_name_another_sender(any_client: Client, path: str) -> None:
    body = {"type": "BatchCreated", "id": "m1"} if path == "/messages" else {}
    claimed = json.dumps(body | a_batch_body(sender="key:admin"))
    key = {} if body else {"Idempotency-Key": "m1"}
    any_client.post(path, content=claimed, headers={**CLAIMS, **key})

    shown = any_client.get("/messages/m1")
    assert shown.status_code == 404 or shown.json()["message"]["sender"] == "anonymous"


def test_each_of_many_messages_has_the_sender_of_their_request(any_client: Client) -> None:
    lines = [{"type": "BatchCreated", "id": id, **a_batch_body(ref=id)} for id in ("m1", "m2")]
    any_client.post("/messages", content="\n".join(map(json.dumps, lines))).raise_for_status()

    assert [sender_of(any_client, id) for id in ("m1", "m2")] == ["anonymous"] * 2
