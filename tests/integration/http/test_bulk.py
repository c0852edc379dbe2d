"""Many messages in one request, each with an answer of its own."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from allocation.bootstrap import Answer, Worker
from allocation.entrypoints.http import bulk
from allocation.entrypoints.http.bulk import AT_ONCE, MOST
from allocation.errors import Busy, Stopping, StoreUnavailable
from tests.integration.http.conftest import Client, served_by
from tests.support.requests import a_line_body, a_move, add_batch, allocate, post

A_BATCH = {"type": "BatchCreated", "ref": "b1", "sku": "LAMP", "qty": 10}

KEYED = {**A_BATCH, "id": "k"}


def a_line(orderid: str = "o1", qty: int = 1, **other: Any) -> dict[str, Any]:
    return {"type": "AllocationRequired", "orderid": orderid, "sku": "LAMP", "qty": qty, **other}


def sent(client: Client, *lines: dict[str, Any] | str) -> list[dict[str, Any]]:
    """What is answered to these, line by line."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    answer = client.post("/messages", content="\n".join(texts).encode("utf-8", "surrogatepass"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_each_message_of_a_request_is_answered_like_a_single_one(any_client: Client) -> None:
    answers = sent(
        any_client,
        A_BATCH,
        a_line("o1", 6),
        a_line("o2", 6),
        {"type": "BatchQuantityChanged", "ref": "b1", "qty": 5},
    )
    moved = a_move("o1", "b1", None, 6)
    assert [(answer["status"], answer["result"]) for answer in answers] == [
        (201, {"batchref": "b1"}),
        (201, {"batchref": "b1", "status": "allocated"}),
        (202, {"batchref": None, "status": "waiting"}),
        (200, {"batchref": "b1", "qty": 5, "moved": [moved]}),
    ]
    assert len({answer["id"] for answer in answers}) == 4


def test_messages_beyond_one_portion_are_handled_in_order(client: Client) -> None:
    count = AT_ONCE + 50
    answers = sent(client, A_BATCH, *(a_line(f"o{n}") for n in range(count)))
    assert [a["status"] for a in answers[1:]] == [201] * 10 + [202] * (count - 10)


def test_a_refused_message_does_not_affect_the_others(client: Client) -> None:
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
    assert answers[3]["error"] == {
        "code": "invalid_value",
        "message": "qty 0 is less than 1",
        "field": "qty",
    }
    assert answers[4]["error"]["message"] == "Invalid sku UNHEARD-OF"
    assert allocate(client, "o4", 1) == "b1"


@pytest.mark.parametrize(
    ("line", "message", "field"),
    [
        ("{", "The body is not JSON", None),
        ("[]", "The body is invalid", None),
        ('{"sku": "LAMP"}', "type is missing", "type"),
        ('{"type": "Nonsense"}', "type 'Nonsense' is none of BatchCreated, Alloc", "type"),
        ('{"type": "Allocated"}', "type 'Allocated' is none of", "type"),
        ('{"type": "BatchCreated", "sku": "LAMP"}', "ref is missing", "ref"),
        ('{"type": "BatchCreated", "id": ""}', "id '' is empty", "id"),
        ('{"type": "BatchCreated", "id": 7}', "id 7 is invalid", "id"),
        ('{"type": "BatchCreated", "nr": 1}', "nr is not a field of this", "nr"),
        *(
            (f'{json.dumps(KEYED)[:-1]}, "{field}": "{KEYED[field]}"}}', "appears more", field)
            for field in ("type", "id", "ref")
        ),
        ('{"type": "BatchCreated", "qty": 1e-9999999999999999999}', "", "qty"),
        (json.dumps({**A_BATCH, "eta": "2100-01-01"}), "eta '2100-01-01' is after 2099", "eta"),
    ],
)
def test_an_invalid_line_is_answered_with_its_error(
    client: Client, line: str, message: str, field: str | None
) -> None:
    before, answer, after = sent(client, A_BATCH, line, a_line())
    assert (before["status"], answer["status"], after["status"]) == (201, 400, 201)
    assert message in answer["error"]["message"]
    assert answer["error"].get("field") == field


def test_an_id_that_was_seen_before_is_not_handled_again(client: Client) -> None:
    add_batch(client)
    first, again, other = sent(client, a_line(id="k1"), a_line(id="k1"), a_line("o2", id="k1"))
    assert first == again
    assert first["id"] == "k1"
    assert (other["status"], other["id"]) == (422, "k1")
    assert post(client, "/allocate", a_line_body(qty=1), "k1").json() == first["result"]


@pytest.mark.parametrize("path", ["/messages", "/dead-letters/replay"])
def test_an_idempotency_key_for_the_whole_request_is_400(client: Client, path: str) -> None:
    answer = post(client, path, A_BATCH, "k1")
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "code": "invalid_value",
            "message": "Idempotency-Key 'k1' cannot be used for many messages",
            "field": "Idempotency-Key",
        },
    )
    assert client.get("/products/LAMP").status_code == 404


def test_an_empty_body_gets_an_empty_answer(client: Client) -> None:
    assert sent(client) == sent(client, "", "  ") == []


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b" " * (2**24 + 1), "body_too_large", "A request may have at most 16,777,216 bytes"),
        (b"1\n" * (MOST + 1), "too_many_lines", "A request may have at most 262,144 lines"),
    ],
    ids=["bytes", "lines"],
)
def test_too_large_a_request_is_413(
    client: Client, content: bytes, code: str, message: str
) -> None:
    answer = client.post("/messages", content=content)
    assert (answer.status_code, answer.json()) == (413, {"code": code, "message": message})


class WorkerWithTroubles:
    """Takes nothing more when it has taken some; or could not handle the last of them."""

    def __init__(self, worker: Worker, trouble: Exception) -> None:
        self._worker = worker
        self._trouble = trouble
        self.asked = 0

        self.new_submission, self.end_submission = worker.new_submission, worker.end_submission

    async def submit_all(
        self, asked: Sequence[tuple[object, str | None]], submission: str, sender: str
    ) -> list[Answer]:
        self.asked += 1
        if self.asked == 2 and isinstance(self._trouble, StoreUnavailable):
            return [Answer(id or "", error=self._trouble) for _, id in asked]
        if self.asked == 2:
            raise self._trouble
        return await self._worker.submit_all(asked, submission, sender=sender)


@pytest.mark.parametrize("trouble", [Busy(7), Stopping(), StoreUnavailable("away")])
def test_messages_after_one_that_is_503_are_503(
    client: Client, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """A line would be refused for ever when the batch before it is to be sent again."""
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    batch = {**A_BATCH, "id": "k2"}
    lines: list[dict[str, Any]] = [
        {**A_BATCH, "ref": "b0", "sku": "X", "id": "k0"},
        {"type": "Nonsense", "id": "k1"},
    ]
    lines += [batch, a_line("o1", id="k3"), a_line("o2", id="k4")]
    troubled = WorkerWithTroubles(client.app.state.worker, trouble)
    with served_by(client, troubled):
        answers = sent(client, *lines)

    error = [(answer["id"], answer["status"]) for answer in answers]
    assert error == [("k0", 201), ("k1", 400), ("k2", 503), ("k3", 503), ("k4", 503)]
    assert troubled.asked == 2
    assert [answer["status"] for answer in sent(client, *lines)] == [201, 400, 201, 201, 201]


def test_not_even_after_lines_that_ask_for_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    nonsense = {"type": "Nonsense"}
    lines = (nonsense, nonsense, A_BATCH, a_line(), nonsense, nonsense, a_line("o2"))
    with served_by(client, WorkerWithTroubles(client.app.state.worker, StoreUnavailable("away"))):
        answers = sent(client, *lines)
    assert [answer["status"] for answer in answers] == [400, 400, 503, 503, 400, 400, 503]
