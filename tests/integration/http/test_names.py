"""Names that look the same are one, at every entrance; what cannot be told apart is refused."""

import json
from urllib.parse import quote

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import a_batch_body, a_line_body, add_batch, allocate, post

COMPOSED, DECOMPOSED = "L\u00d6T", "LO\u0308T"
SPELLINGS = pytest.mark.parametrize("spelling", [COMPOSED, DECOMPOSED], ids=["NFC", "NFD"])


def test_a_batch_is_added_once_in_either_spelling(any_client: Client) -> None:
    for ref in (COMPOSED, DECOMPOSED):
        body = post(any_client, "/add_batch", a_batch_body(ref=ref, qty=10)).json()
        assert body == {"batchref": COMPOSED}

    [batch] = any_client.get("/products/LAMP").json()["batches"]
    assert (batch["batchref"], batch["purchased_quantity"]) == (COMPOSED, 10)


def test_an_order_is_promised_once_in_either_spelling(client: Client) -> None:
    add_batch(client, qty=10)

    assert [allocate(client, orderid, qty=6) for orderid in (DECOMPOSED, COMPOSED)] == ["b1", "b1"]

    [line] = client.get(f"/allocations/{quote(COMPOSED)}").json()
    assert line["orderid"] == COMPOSED


def test_a_sku_is_known_in_either_spelling(client: Client) -> None:
    add_batch(client, sku=COMPOSED)

    assert allocate(client, sku=DECOMPOSED) == "b1"


@SPELLINGS
def test_a_lookup_finds_either_spelling(client: Client, spelling: str) -> None:
    add_batch(client, sku=DECOMPOSED)
    allocate(client, DECOMPOSED, sku=DECOMPOSED)

    assert client.get(f"/products/{quote(spelling)}").json()["sku"] == COMPOSED
    [line] = client.get(f"/allocations/{quote(spelling)}").json()
    assert (line["orderid"], line["sku"]) == (COMPOSED, COMPOSED)


@SPELLINGS
def test_a_quantity_is_corrected_however_the_batch_is_spelt(client: Client, spelling: str) -> None:
    add_batch(client, ref=DECOMPOSED)

    body = post(client, "/change_batch_quantity", {"ref": spelling, "qty": 5}).json()

    assert (body["batchref"], body["qty"]) == (COMPOSED, 5)


def test_an_idempotency_key_is_known_in_either_spelling(client: Client) -> None:
    add_batch(client, qty=10)
    body = json.dumps(a_line_body(qty=1))
    first, again = ({b"Idempotency-Key": key.encode()} for key in (DECOMPOSED, COMPOSED))
    assert client.post("/allocate", content=body, headers=first).status_code == 201

    other = json.dumps(a_line_body(qty=2))
    assert client.post("/allocate", content=other, headers=again).status_code == 422
    assert client.post("/allocate", content=body, headers=again).status_code == 201


def test_a_message_id_is_known_in_either_spelling(client: Client) -> None:
    batch = {"type": "BatchCreated", "ref": DECOMPOSED, "sku": "LAMP", "qty": 10}
    lines = [{**batch, "id": DECOMPOSED}, {**batch, "id": COMPOSED, "ref": COMPOSED}]
    sent = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)

    answers = client.post("/messages", content=sent.encode()).text.splitlines()

    assert [json.loads(answer) for answer in answers] == [
        {"id": COMPOSED, "status": 201, "result": {"batchref": COMPOSED}}
    ] * 2


@pytest.mark.parametrize(
    ("name", "character"),
    [
        ("CHAI\u00a0", "has a no-break space (U+00A0)"),
        ("CH\u00adAI", "has a soft hyphen (U+00AD)"),
        ("CHAI\ufe0f", "has a variation selector-16 (U+FE0F)"),
        ("CHAI\u3164", "has a hangul filler (U+3164)"),
        ("\u0301CHAI", "begins with a combining acute accent (U+0301)"),
    ],
)
@pytest.mark.parametrize(
    ("path", "field"),
    [("/add_batch", "ref"), ("/add_batch", "sku"), ("/allocate", "orderid"), ("/allocate", "sku")],
)
def test_a_name_with_an_invisible_character_is_refused_with_its_description(
    client: Client, path: str, field: str, name: str, character: str
) -> None:
    body = a_batch_body() if path == "/add_batch" else a_line_body()

    answer = post(client, path, {**body, field: name})

    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert character in answer.json()["message"]


@pytest.mark.parametrize("eta", ["1899-12-31", "1999-12-31", "2100-01-01", "9999-12-31"])
def test_an_eta_on_which_nothing_arrives_is_refused(client: Client, eta: str) -> None:
    answer = post(client, "/add_batch", a_batch_body(eta=eta))

    assert answer.status_code == 400
    assert answer.json()["field"] == "eta"
    assert f"eta '{eta}' is " in answer.json()["message"]
    line = json.dumps({"type": "BatchCreated", **a_batch_body(eta=eta)})
    assert json.loads(client.post("/messages", content=line).text)["status"] == 400
