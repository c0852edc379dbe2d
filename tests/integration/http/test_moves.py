"""A correction that moves many lines is answered with the first of them, and a link to the rest."""

import json

import pytest

from tests.support.requests import Client, add_batch, post

LINES = 330
STAY, SERVED = 10, 160


def moved_by_a_large_correction(client: Client) -> dict[str, object]:
    """The answer: 10 lines stay, 320 are taken off in portions, and 160 find room."""
    add_batch(client, "b1", qty=LINES)
    lines = [
        {"type": "AllocationRequired", "orderid": f"o{n}", "sku": "LAMP", "qty": 1}
        for n in range(LINES)
    ]
    client.post("/messages", content="\n".join(map(json.dumps, lines))).raise_for_status()
    add_batch(client, "b2", qty=SERVED)
    answer = post(client, "/change_batch_quantity", {"ref": "b1", "qty": STAY})
    body: dict[str, object] = answer.json()
    return body


def test_a_large_correction_has_counts_and_a_link_to_the_rest(any_client: Client) -> None:
    answer = moved_by_a_large_correction(any_client)
    moves = answer["moved"]
    assert isinstance(moves, list)
    assert len(moves) == 100
    assert (answer["deallocated"], answer["allocated"]) == (LINES - STAY, SERVED)
    link = answer["next"]
    while link is not None:
        page = any_client.get(str(link)).json()
        moves += page["moves"]
        link = page["next"]
    served, lost = moves[:SERVED], moves[SERVED:]
    assert [m["orderid"] for m in moves] == [f"o{n}" for n in range(STAY, LINES)]
    assert {(m["from_batchref"], m["to_batchref"]) for m in served} == {("b1", "b2")}
    assert {(m["from_batchref"], m["to_batchref"]) for m in lost} == {("b1", None)}


def test_a_message_that_is_unknown_has_moved_nothing(client: Client) -> None:
    assert client.get("/moves/no-such").json() == {"moves": [], "next": None}


@pytest.mark.parametrize("after", ["x", "", str(2**63), "1.5", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_a_cursor_that_cannot_be_is_refused(client: Client, after: str) -> None:
    answer = client.get(f"/moves/m1?after={after}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "invalid_value"


def test_an_id_that_no_message_can_have_is_not_found(client: Client) -> None:
    answer = client.get(f"/moves/{'x' * 256}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
