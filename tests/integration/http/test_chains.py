"""A message of the log is shown with its causes and its follow-ups."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import a_batch_body, a_line_body, add_batch, post

KEY = "fix/1 ö"
PAGE = f"/messages/{quote(KEY, safe='')}"


@pytest.fixture
def corrected(any_client: Client) -> Client:
    """A correction took two lines off a batch, of which one found room in another."""
    for ref, qty in (("b1", 10), ("b2", 5)):
        add_batch(any_client, ref, qty)
    for orderid in ("o1", "o2"):
        post(any_client, "/allocate", a_line_body(orderid=orderid, qty=5))
    change = {"ref": "b1", "qty": 0, "reason": "wet"}
    assert post(any_client, "/change_batch_quantity", change, KEY).status_code == 200
    return any_client


def chain(client: Client, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def types(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]


def test_an_incoming_message_has_all_its_follow_ups_in_log_order(corrected: Client) -> None:
    shown = chain(corrected, PAGE)

    message = shown["message"]
    assert (message["id"], message["type"]) == (KEY, "BatchQuantityChanged")
    assert json.loads(message["body"]) == {"ref": "b1", "qty": 0, "reason": "wet"}
    assert json.loads(message["results"]) == [["o2", "o1"]]
    assert (message["status"], message["attempts"]) == ("handled", 0)
    assert (message["caused_by"], message["error"], message["refusal"]) == (None, None, None)
    assert (shown["causes"], shown["missing_causes"]) == ([], None)
    assert (shown["next"], shown["remaining"]) == (None, 0)
    assert types(shown["follow_ups"]) == [
        *("BatchQuantityAdjusted", "Deallocated", "Deallocated"),
        *("AllocationRequired", "AllocationRequired", "OutOfStock"),
        *("PromiseChanged", "Allocated", "PromiseLost", "Digest", "Digest"),
    ]
    numbers = [each["number"] for each in (message, *shown["follow_ups"])]
    assert numbers == sorted(numbers)


def test_a_follow_up_leads_to_its_causes_and_its_own_follow_ups(corrected: Client) -> None:
    of_correction = chain(corrected, PAGE)
    (allocated,) = (m for m in of_correction["follow_ups"] if m["type"] == "Allocated")

    shown = chain(corrected, f"/messages/{allocated['id']}")
    request, own = shown["causes"][1], shown["message"]
    assert own == allocated
    assert types(shown["causes"]) == ["BatchQuantityChanged", "AllocationRequired"]
    assert [cause["id"] for cause in shown["causes"]] == [KEY, allocated["caused_by"]]
    assert (shown["missing_causes"], shown["follow_ups"], shown["next"]) == (None, [], None)

    between = chain(corrected, f"/messages/{request['id']}")
    assert between["causes"] == [of_correction["message"]]
    assert types(between["follow_ups"]) == ["PromiseChanged", "Allocated", "Digest"]
    assert between["follow_ups"][1] == allocated


@pytest.mark.parametrize("limit", [1, 2, 3, 8, 9, 10, 11, 12])
def test_the_pages_hold_each_follow_up_once(corrected: Client, limit: int) -> None:
    every = [message["id"] for message in chain(corrected, PAGE)["follow_ups"]]
    path, listed = f"{PAGE}?limit={limit}", []
    while path:
        page = chain(corrected, path)
        listed += [message["id"] for message in page["follow_ups"]]
        assert len(page["follow_ups"]) <= limit
        assert page["remaining"] == len(every) - len(listed)
        path = page["next"]

    assert listed == every


def test_a_refused_message_says_why(any_client: Client) -> None:
    post(any_client, "/allocate", a_line_body(sku="NO-SUCH"), "refused")

    message = chain(any_client, "/messages/refused")["message"]
    assert (message["status"], message["results"]) == ("refused", None)
    assert message["refusal"] == "InvalidSku: Invalid sku NO-SUCH"


@pytest.mark.parametrize("id", ["no-such", "x" * 256, "%00", "a/b", "%FF", "%E2%80%8B"])
def test_an_unknown_id_is_not_found(corrected: Client, id: str) -> None:
    answer = corrected.get(f"/messages/{id}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("after=x", "after")],
)
def test_a_parameter_that_cannot_be_is_refused(corrected: Client, query: str, field: str) -> None:
    answer = corrected.get(f"{PAGE}?{query}")

    failure = answer.json()
    assert (answer.status_code, failure["code"], failure["field"]) == (400, "invalid_value", field)


def test_many_messages_can_still_be_sent_to_the_same_path(client: Client) -> None:
    line = {"type": "BatchCreated", "id": "m1", **a_batch_body()}

    assert client.post("/messages", content=json.dumps(line)).status_code == 200
    assert chain(client, "/messages/m1")["message"]["type"] == "BatchCreated"
    for path, allowed in (("/messages", "OPTIONS, POST"), ("/messages/m1", "GET, HEAD, OPTIONS")):
        answer = client.request("DELETE", path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert client.get("/messages").status_code == 405
    assert client.get("/messages/").status_code == 405


def test_the_parameters_are_documented(client: Client) -> None:
    document: dict[str, Any] = client.get("/openapi.json").json()
    operation = document["paths"]["/messages/{id}"]["get"]

    schemas = {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
    assert schemas.keys() == {"id", "limit", "after"}
    assert (schemas["limit"]["minimum"], schemas["limit"]["maximum"]) == (1, 1_000)
    assert all(parameter["description"] for parameter in operation["parameters"][1:])
    components = document["components"]["schemas"]
    assert {"message", "causes", "follow_ups"} <= components["MessageChain"]["properties"].keys()
