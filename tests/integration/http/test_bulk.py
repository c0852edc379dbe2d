"""Many messages in one request, each with an answer of its own."""

import json
from typing import Any

import pytest

from allocation.entrypoints.http.bulk import AT_ONCE
from tests.integration.http.conftest import Client
from tests.support.requests import add_batch, allocate

A_BATCH = {"type": "BatchCreated", "ref": "b1", "sku": "LAMP", "qty": 10}


def a_line(orderid: str = "o1", qty: int = 1, **other: Any) -> dict[str, Any]:
    return {"type": "AllocationRequired", "orderid": orderid, "sku": "LAMP", "qty": qty, **other}


def sent(client: Client, *lines: dict[str, Any] | str) -> list[dict[str, Any]]:
    """What is answered to these, line by line."""
    told = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    answer = client.post("/messages", content="\n".join(told).encode("utf-8", "surrogatepass"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_each_is_answered_as_if_it_had_come_alone(any_client: Client) -> None:
    answers = sent(
        any_client,
        A_BATCH,
        a_line("o1", 6),
        a_line("o2", 6),
        {"type": "BatchQuantityChanged", "ref": "b1", "qty": 5},
    )
    assert [(answer["status"], answer["result"]) for answer in answers] == [
        (201, {"batchref": "b1"}),
        (201, {"batchref": "b1", "status": "allocated"}),
        (202, {"batchref": None, "status": "waiting"}),
        (
            200,
            {
                "batchref": "b1",
                "qty": 5,
                "moved": [
                    {
                        "orderid": "o1",
                        "sku": "LAMP",
                        "qty": 6,
                        "from_batchref": "b1",
                        "to_batchref": None,
                    }
                ],
            },
        ),
    ]
    assert len({answer["id"] for answer in answers}) == 4


def test_more_than_are_handed_over_at_once_are_handled_in_their_order(client: Client) -> None:
    count = AT_ONCE + 50
    answers = sent(client, A_BATCH, *(a_line(f"o{n}") for n in range(count)))
    assert [a["status"] for a in answers[1:]] == [201] * 10 + [202] * (count - 10)


def test_one_that_is_refused_harms_no_other(client: Client) -> None:
    answers = sent(
        client,
        A_BATCH,
        a_line("o1", 1),
        a_line("o1", 2),
        a_line("o2", 0),
        a_line("o3", 1, sku="UNHEARD-OF"),
        a_line("o4", 1),
    )
    assert [answer["status"] for answer in answers] == [201, 201, 409, 400, 400, 201]
    assert answers[3]["error"] == {"message": "qty 0 is less than 1", "field": "qty"}
    assert answers[4]["error"]["message"] == "Invalid sku UNHEARD-OF"
    assert allocate(client, "o4", 1) == "b1"


@pytest.mark.parametrize(
    ("line", "told", "field"),
    [
        ("{", "The body is not JSON", None),
        ("[]", "The body is not what is asked for", None),
        ('{"sku": "LAMP"}', "type is missing", "type"),
        ('{"type": "Nonsense"}', "type 'Nonsense' is none of BatchCreated, Alloc", "type"),
        ('{"type": "Allocated"}', "type 'Allocated' is none of", "type"),
        ('{"type": "BatchCreated", "sku": "LAMP"}', "ref is missing", "ref"),
        ('{"type": "BatchCreated", "id": ""}', "Idempotency-Key '' is empty", "Idempotency-Key"),
        ('{"type": "BatchCreated", "id": 7}', "id 7 cannot be", "id"),
    ],
)
def test_a_line_that_asks_for_nothing_is_told_why(
    client: Client, line: str, told: str, field: str | None
) -> None:
    before, answer, after = sent(client, A_BATCH, line, a_line())
    assert (before["status"], answer["status"], after["status"]) == (201, 400, 201)
    assert told in answer["error"]["message"]
    assert answer["error"].get("field") == field


def test_an_id_that_was_seen_before_is_not_handled_again(client: Client) -> None:
    add_batch(client)
    first, again, other = sent(client, a_line(id="k1"), a_line(id="k1"), a_line("o2", id="k1"))
    assert first == again
    assert first["id"] == "k1"
    assert (other["status"], other["id"]) == (422, "k1")
    assert (
        client.post(
            "/allocate",
            content=json.dumps({"orderid": "o1", "sku": "LAMP", "qty": 1}),
            headers={"Idempotency-Key": "k1"},
        ).json()
        == first["result"]
    )


def test_nothing_is_answered_to_nothing(client: Client) -> None:
    assert sent(client) == sent(client, "", "  ") == []


def test_too_large_a_request_is_413(client: Client) -> None:
    answer = client.post("/messages", content=b" " * (16 * 1024 * 1024 + 1))
    assert (answer.status_code, list(answer.json())) == (413, ["message"])
