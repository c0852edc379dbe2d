"""`Idempotency-Key`: sent again, a request is not handled again, and gets its first answer."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from httpx import Response

from tests.integration.http.conftest import Client
from tests.support.ledger import read_ledger
from tests.support.requests import a_batch_body, a_line_body, add_batch, allocate, post


def test_the_answer_is_the_first_one_though_the_world_has_moved_on(any_client: Client) -> None:
    add_batch(any_client, qty=5)
    first = post(any_client, "/allocate", a_line_body(qty=10), key="k1")
    assert first.status_code == 202
    add_batch(any_client, "b2", qty=10)

    again = post(any_client, "/allocate", a_line_body(qty=10), key="k1")

    assert the_same(first, again)
    assert any_client.get("/allocations/o1").json()[0]["batchref"] == "b2"


def test_a_change_of_quantity_is_made_once(any_client: Client) -> None:
    add_batch(any_client, qty=10)
    allocate(any_client, qty=10)
    change = {"ref": "b1", "qty": 5}
    first = post(any_client, "/change_batch_quantity", change, key="leak")
    assert [line["orderid"] for line in first.json()["moved"]] == ["o1"]
    post(any_client, "/change_batch_quantity", {"ref": "b1", "qty": 20})

    again = post(any_client, "/change_batch_quantity", change, key="leak")

    assert the_same(first, again)
    batch = any_client.get("/products/LAMP").json()["batches"][0]
    assert (batch["purchased_quantity"], batch["allocated_quantity"]) == (20, 10)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/allocate", a_line_body(), 400),
        ("/change_batch_quantity", {"ref": "b1", "qty": 5}, 404),
    ],
)
def test_a_refusal_stays_a_refusal(
    client: Client, path: str, body: dict[str, Any], status: int
) -> None:
    first = post(client, path, body, key="k1")
    assert first.status_code == status
    add_batch(client)

    assert the_same(first, post(client, path, body, key="k1"))
    assert post(client, path, body, key="k2").status_code in (200, 201)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/allocate", a_line_body(qty=11)),
        ("/allocate", a_line_body(orderid="o2")),
        ("/add_batch", a_batch_body()),
        ("/change_batch_quantity", {"ref": "b1", "qty": 10}),
    ],
)
def test_the_key_with_another_body_is_422(client: Client, path: str, body: dict[str, Any]) -> None:
    add_batch(client)
    post(client, "/allocate", a_line_body(), key="k1")

    answer = post(client, path, body, key="k1")

    assert answer.status_code == 422
    assert answer.json() == {
        "code": "id_reused",
        "message": "The id k1 was used before, for another message",
    }


def test_the_same_body_written_otherwise_is_the_same(client: Client) -> None:
    add_batch(client)
    headers = {"Idempotency-Key": "k1"}
    bodies = (
        b'{"orderid":"o1","sku":"LAMP","qty":10}',
        b' { "qty" : 10, "sku": "L\\u0041MP", "orderid": "o1" } ',
    )
    answers = [client.post("/allocate", content=body, headers=headers) for body in bodies]

    assert the_same(*answers)
    assert answers[0].status_code == 201


def test_two_at_the_same_moment_are_one(any_client: Client, database_url: str) -> None:
    add_batch(any_client)

    def send(_: int) -> Response:
        return post(any_client, "/allocate", a_line_body(), key="k1")

    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(send, range(16)))

    assert all(the_same(answers[0], answer) for answer in answers)
    assert answers[0].status_code == 201
    recorded = [row for row in read_ledger(database_url).messages if row["id"] == "k1"]
    assert len(recorded) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb"])
def test_a_key_that_cannot_be_is_400(client: Client, key: str) -> None:
    add_batch(client)

    answer = post(client, "/allocate", a_line_body(), key=key)

    assert (answer.status_code, answer.json()["field"]) == (400, "Idempotency-Key")
    assert client.get("/allocations/o1").status_code == 404


@pytest.mark.parametrize(
    ("sent", "id"),
    [
        (b"k1, k2", "k1, k2"),
        ("\xe9".encode(), "\xe9"),
        (b"\xe9", "\xe9"),
        (b" \tk1", "k1"),
        (b"k1 \t ", "k1"),
    ],
)
def test_odd_headers_give_the_expected_key(
    client: Client, sqlite_url: str, sent: bytes, id: str
) -> None:
    """An id in a line is UTF-8, too; and blanks around a value do not belong to it."""
    headers: Any = [(b"Idempotency-Key", sent)]
    body = b'{"ref": "b1", "sku": "LAMP", "qty": 1}'
    assert client.post("/add_batch", content=body, headers=headers).status_code == 201
    assert [row["id"] for row in read_ledger(sqlite_url).messages] == [id]


def the_same(first: Response, second: Response) -> bool:
    """Whether a caller can tell them apart."""
    return (first.status_code, first.json()) == (second.status_code, second.json())
