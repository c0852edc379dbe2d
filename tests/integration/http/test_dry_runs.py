"""`?dry_run=true`: what a POST would do, in the shape of its answer, and nothing is done."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from httpx import Response

from allocation.service_layer import dry_replies
from tests.integration.http.conftest import Client
from tests.support.requests import a_batch_body, a_line_body, a_move, add_batch, allocate, post

DRY = "?dry_run=true"
PARAMETERS = ("?dry_run=yes", "?dry_run=True", "?dry_run=", "?dry_run", "?dry_run=1")
POSTS = ("/add_batch", "/allocate", "/change_batch_quantity", "/messages")


def lines_of(answer: Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def messages(client: Client, *lines: dict[str, Any], query: str = DRY) -> list[dict[str, Any]]:
    body = "".join(json.dumps(line) + "\n" for line in lines)
    return lines_of(client.post(f"/messages{query}", content=body))


def test_a_correction_tells_who_would_lose_and_who_would_gain(any_client: Client) -> None:
    add_batch(any_client, qty=20)
    add_batch(any_client, "b2", qty=10, eta="2030-01-01")
    for orderid in ("o1", "o2", "o3", "o4"):
        allocate(any_client, orderid)
    before = any_client.get("/products/LAMP").json()

    answer = post(any_client, f"/change_batch_quantity{DRY}", {"ref": "b1", "qty": 10})

    assert answer.status_code == 200
    assert answer.json() == {
        "batchref": "b1",
        "qty": 10,
        "moved": [a_move("o2", "b1", None)],
        "dry_run": True,
        "complete": True,
    }
    assert any_client.get("/products/LAMP").json() == before
    real = post(any_client, "/change_batch_quantity", {"ref": "b1", "qty": 10})
    assert real.json() == {
        name: value for name, value in answer.json().items() if name not in ("dry_run", "complete")
    }


def test_a_new_batch_tells_which_lines_it_would_serve(client: Client) -> None:
    add_batch(client, qty=5)
    assert allocate(client, "o1") is None

    answer = post(client, f"/add_batch{DRY}", a_batch_body(ref="b2", qty=10))

    moved = [a_move("o1", None, "b2")]
    assert (answer.status_code, answer.json()) == (
        200,
        {"batchref": "b2", "moved": moved, "dry_run": True, "complete": True},
    )
    assert client.get("/allocations/o1").json()[0]["batchref"] is None


@pytest.mark.parametrize(("qty", "batchref"), [(5, "b1"), (6, None)])
def test_a_line_tells_its_batch_or_that_it_would_wait(
    client: Client, qty: int, batchref: str | None
) -> None:
    add_batch(client, qty=5)

    answer = post(client, f"/allocate{DRY}", a_line_body(qty=qty))

    assert answer.status_code == 200
    status = "waiting" if batchref is None else "allocated"
    assert answer.json() == {
        "batchref": batchref,
        "status": status,
        "moved": [] if batchref is None else [a_move("o1", None, "b1", qty, grown_from=0)],
        "dry_run": True,
        "complete": True,
    }
    assert client.get("/allocations/o1").status_code == 404


def test_all_moves_are_listed_without_a_next_page(client: Client) -> None:
    add_batch(client, qty=150)
    lines = [a_line_body(orderid=f"o{n}", qty=1) for n in range(150)]
    messages(client, *({"type": "AllocationRequired", **line} for line in lines), query="")

    answer = post(client, f"/change_batch_quantity{DRY}", {"ref": "b1", "qty": 0}).json()

    assert len(answer["moved"]) == 150
    assert answer.keys() == {"batchref", "qty", "moved", "dry_run", "complete"}


def test_more_moves_than_the_limit_are_cut_and_it_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_replies, "MOST_MOVES", 2)
    add_batch(client, qty=30)
    for orderid in ("o1", "o2", "o3"):
        allocate(client, orderid)

    complete = post(client, f"/change_batch_quantity{DRY}", {"ref": "b1", "qty": 10}).json()
    cut = post(client, f"/change_batch_quantity{DRY}", {"ref": "b1", "qty": 0}).json()

    assert (len(complete["moved"]), complete["complete"]) == (2, True)
    assert (len(cut["moved"]), cut["complete"]) == (2, False)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/allocate", a_line_body(sku="NONE")),
        ("/allocate", a_line_body(qty=11)),
        ("/add_batch", a_batch_body(qty=1)),
        ("/change_batch_quantity", {"ref": "none", "qty": 5}),
        ("/add_batch", a_batch_body(qty=0)),
    ],
)
def test_a_refusal_is_that_of_the_request_itself(
    client: Client, path: str, body: dict[str, Any]
) -> None:
    add_batch(client)
    allocate(client)

    dry, real = post(client, path + DRY, body), post(client, path, body)

    assert dry.status_code >= 400
    assert (dry.status_code, dry.json()) == (real.status_code, real.json())


class TestAKey:
    def test_is_not_recorded(self, client: Client) -> None:
        assert post(client, f"/add_batch{DRY}", a_batch_body(), key="k").status_code == 200
        answer = post(client, "/add_batch", a_batch_body(ref="other"), key="k")
        assert (answer.status_code, answer.json()) == (201, {"batchref": "other"})

    def test_that_was_used_gets_its_recorded_answer(self, any_client: Client) -> None:
        add_batch(any_client, qty=20)
        allocate(any_client, "o1")
        change = {"ref": "b1", "qty": 5}
        first = post(any_client, "/change_batch_quantity", change, key="k")
        post(any_client, "/change_batch_quantity", {"ref": "b1", "qty": 20})

        again = post(any_client, f"/change_batch_quantity{DRY}", change, key="k")

        assert (again.status_code, again.json()) == (first.status_code, first.json())
        assert "dry_run" not in again.json()

    def test_that_was_used_for_another_body_is_refused(self, client: Client) -> None:
        post(client, "/add_batch", a_batch_body(), key="k")
        answer = post(client, f"/add_batch{DRY}", a_batch_body(ref="other"), key="k")
        assert (answer.status_code, answer.json()["code"]) == (422, "id_reused")


class TestManyMessages:
    def test_are_each_answered_as_after_those_before(self, any_client: Client) -> None:
        line = {"type": "AllocationRequired", **a_line_body(), "id": "k"}
        answers = messages(
            any_client,
            {"type": "AllocationRequired", **a_line_body()},
            {"type": "BatchCreated", **a_batch_body(qty=10)},
            line,
            {"type": "BatchQuantityChanged", "ref": "b1", "qty": 5},
            {"type": "BatchCreated", **a_batch_body(ref="b2", qty=0)},
            line,
        )
        assert [answer["status"] for answer in answers] == [400, 200, 200, 200, 400, 200]
        assert [answer["id"] for answer in answers] == [None, None, "k", None, None, "k"]
        results = [answer.get("result") for answer in answers]
        assert results[3] is not None
        assert results[3]["moved"] == [a_move("o1", "b1", None)]
        assert results[2] == results[5]
        assert all(result["dry_run"] for result in results if result is not None)
        assert any_client.get("/products/LAMP").status_code == 404

    def test_beyond_the_limit_are_not_tried_and_it_says_so(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("allocation.entrypoints.http.bulk.MOST_IN_DRY_RUN", 2)
        batches = [{"type": "BatchCreated", **a_batch_body(ref=f"b{n}")} for n in range(3)]
        *tried, beyond = messages(client, *batches)
        assert [answer["result"]["complete"] for answer in tried] == [True, True]
        not_reached = {"dry_run": True, "complete": False}
        assert beyond == {"id": None, "status": 200, "result": not_reached}


def test_dry_runs_and_requests_at_the_same_moment(any_client: Client) -> None:
    """Neither kind sees half of the other, and the requests take effect as if they were alone."""
    add_batch(any_client, qty=100)
    bodies = [a_line_body(orderid=f"d{n}", qty=1) for n in range(300)]
    lines = [{"type": "AllocationRequired", **body} for body in bodies]

    def really(number: int) -> str | None:
        return allocate(any_client, f"o{number}", qty=1)

    def dry(_: int) -> list[dict[str, Any]]:
        return messages(any_client, *lines)

    with ThreadPoolExecutor(8) as threads:
        real, tried = threads.map(really, range(100)), threads.map(dry, range(8))
        assert set(real) == {"b1"}
        for answers in tried:
            batchrefs = [answer["result"]["batchref"] for answer in answers]
            allocated = batchrefs.count("b1")
            assert batchrefs == ["b1"] * allocated + [None] * (300 - allocated)
    batch = any_client.get("/products/LAMP").json()["batches"][0]
    assert (batch["allocated_quantity"], batch["available_quantity"]) == (100, 0)


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_another_value_is_refused(client: Client, path: str, parameter: str) -> None:
    answer = client.post(path + parameter, content=json.dumps(a_batch_body()))
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_value"
    assert answer.json()["field"] == "dry_run"
    assert repr(parameter.partition("=")[2]) in answer.json()["message"]


@pytest.mark.parametrize("query", ["?dryrun=true", "?dry_run=true&dry_run=false", "?x=1"])
def test_a_mistyped_parameter_is_refused_and_changes_nothing(client: Client, query: str) -> None:
    answer = post(client, f"/add_batch{query}", a_batch_body())
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_value")
    assert client.get("/products/LAMP").status_code == 404


def test_false_is_the_same_as_none(client: Client) -> None:
    answer = post(client, "/add_batch?dry_run=false", a_batch_body())
    assert (answer.status_code, answer.json()) == (201, {"batchref": "b1"})


@pytest.mark.parametrize("path", ["replay", "x/replay", "x/discard"])
def test_a_request_that_has_no_dry_run_refuses_it(client: Client, path: str) -> None:
    answer = client.post(f"/dead-letters/{path}{DRY}")
    assert (answer.status_code, answer.json()["field"]) == (400, "dry_run")


def test_the_document_has_the_parameter_and_the_added_fields(client: Client) -> None:
    document = client.get("/openapi.json").json()
    for path in POSTS:
        parameters = {each["name"]: each for each in document["paths"][path]["post"]["parameters"]}
        assert parameters["dry_run"]["in"] == "query"
        assert parameters["dry_run"]["schema"]["type"] == "boolean"
    schemas = document["components"]["schemas"]
    dry = {"DryAddedBatch", "DryAllocatedLine", "DryWaitingLine", "DryChangedBatch"}
    assert dry <= schemas.keys()
    for name in dry:
        assert {"moved", "dry_run", "complete"} <= set(schemas[name]["required"])


def test_the_document_lets_an_answer_be_valid_as_several_bodies(client: Client) -> None:
    """The answer of a dry run has all that the usual one must have."""
    operation = client.get("/openapi.json").json()["paths"]["/change_batch_quantity"]["post"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema.keys() == {"anyOf"}
    assert {"$ref": "#/components/schemas/DryChangedBatch"} in schema["anyOf"]


def test_it_is_also_answered_on_the_path_of_the_framework(client: Client) -> None:
    answer = post(client, f"/add_batch/{DRY}", a_batch_body())
    assert (answer.status_code, answer.json()["dry_run"]) == (200, True)
