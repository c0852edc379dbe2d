"""Names that look the same are one, at every entrance; what cannot be told apart is refused."""

import json
from urllib.parse import quote

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import a_batch_body, a_line_body, add_batch, allocate, post

COMPOSED, DECOMPOSED = "L\u00d6T", "LO\u0308T"


@pytest.mark.parametrize("spelling", [COMPOSED, DECOMPOSED], ids=["NFC", "NFD"])
def test_products_batches_and_orders_are_the_same_in_either_spelling(
    any_client: Client, spelling: str
) -> None:
    for name in (DECOMPOSED, spelling):
        body = a_batch_body(ref=name, sku=name, qty=10)
        assert post(any_client, "/add_batch", body).json() == {"batchref": COMPOSED}
        assert allocate(any_client, name, qty=6, sku=name) == COMPOSED

    product = any_client.get(f"/products/{quote(spelling)}").json()
    assert (product["sku"], len(product["batches"])) == (COMPOSED, 1)
    [line] = any_client.get(f"/allocations/{quote(spelling)}").json()
    assert (line["orderid"], line["sku"], line["batchref"]) == (COMPOSED, COMPOSED, COMPOSED)
    body = post(any_client, "/change_batch_quantity", {"ref": spelling, "qty": 7}).json()
    assert (body["batchref"], body["qty"]) == (COMPOSED, 7)


def test_an_idempotency_key_is_known_in_either_spelling(client: Client) -> None:
    add_batch(client, qty=10)
    requests = ((1, DECOMPOSED), (2, COMPOSED), (1, COMPOSED))
    answers = [post(client, "/allocate", a_line_body(qty=qty), key) for qty, key in requests]
    assert [answer.status_code for answer in answers] == [201, 422, 201]
    for spelling in (DECOMPOSED, COMPOSED):
        shown = client.get(f"/messages/{quote(spelling)}").json()["message"]
        assert (shown["id"], shown["type"]) == (COMPOSED, "AllocationRequired")


def test_a_message_id_is_known_in_either_spelling(client: Client) -> None:
    batch = {"type": "BatchCreated", "ref": DECOMPOSED, "sku": "LAMP", "qty": 10}
    lines = [{**batch, "id": DECOMPOSED}, {**batch, "id": COMPOSED, "ref": COMPOSED}]
    sent = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)

    answers = client.post("/messages", content=sent.encode()).text.splitlines()

    assert [json.loads(answer) for answer in answers] == [
        {"id": COMPOSED, "status": 201, "result": {"batchref": COMPOSED}}
    ] * 2
