"""A shipment that slips: the answer lists the lines of which the promised date changes."""

import json
from typing import Any

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import a_move, add_batch, allocate, post

DRY = "?dry_run=true"
JANUARY, FEBRUARY, MARCH = "2030-01-01", "2030-02-01", "2030-03-01"
ADDED_BY_DRY_RUNS = {"dry_run": True, "complete": True}


def a_promise(orderid: str, before: str | None, now: str | None, **other: Any) -> dict[str, Any]:
    """A line that is promised for another day, as it is answered."""
    return {
        "orderid": orderid,
        "sku": "LAMP",
        "line": None,
        "qty": 10,
        "from_batchref": "b1",
        "from_day": before,
        "to_batchref": "b1",
        "to_day": now,
        "required_by": None,
        "late": True,
        **other,
    }


def delay(client: Client, eta: str | None, query: str = "") -> dict[str, Any]:
    """Have the shipment delayed; the answer."""
    answer = post(client, f"/change_batch_eta{query}", {"ref": "b1", "eta": eta})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
def promised(any_client: Client) -> Client:
    """A shipment of January is promised to o1 and o2; o2 is needed in February."""
    add_batch(any_client, qty=20, eta=JANUARY)
    allocate(any_client, "o1")
    allocate(any_client, "o2", required_by=FEBRUARY)
    return any_client


def test_a_delay_lists_the_lines_that_have_another_date(promised: Client) -> None:
    dry, real = delay(promised, FEBRUARY, DRY), delay(promised, FEBRUARY)

    assert real["moved"] == []
    assert real["promises"] == [
        a_promise("o1", JANUARY, FEBRUARY),
        a_promise("o2", JANUARY, FEBRUARY, required_by=FEBRUARY),
    ]
    assert dry == real | ADDED_BY_DRY_RUNS


def test_a_line_that_moves_is_listed_with_its_dates_too(promised: Client) -> None:
    add_batch(promised, "b2", 10, eta=FEBRUARY)

    dry, real = delay(promised, MARCH, DRY), delay(promised, MARCH)

    assert real["moved"] == [a_move("o2", "b1", "b2", from_eta=MARCH, to_eta=FEBRUARY)]
    moved = a_promise("o2", JANUARY, FEBRUARY, to_batchref="b2", required_by=FEBRUARY)
    assert real["promises"] == [moved, a_promise("o1", JANUARY, MARCH)]
    assert dry == real | ADDED_BY_DRY_RUNS


def test_an_earlier_date_is_listed_and_is_not_late(promised: Client) -> None:
    delay(promised, MARCH)

    [o1, o2] = delay(promised, "2029-12-24")["promises"]

    assert o1 == a_promise("o1", MARCH, "2029-12-24", late=False)
    assert o2 == a_promise("o2", MARCH, "2029-12-24", late=False, required_by=FEBRUARY)


def test_a_date_that_has_not_changed_is_not_listed(promised: Client) -> None:
    assert delay(promised, JANUARY)["promises"] == []


def test_the_dates_of_many_lines_are_listed_page_by_page(any_client: Client) -> None:
    add_batch(any_client, qty=330, eta=JANUARY)
    lines = [
        {"type": "AllocationRequired", "orderid": f"o{n}", "sku": "LAMP", "qty": 1}
        for n in range(330)
    ]
    any_client.post("/messages", content="\n".join(map(json.dumps, lines))).raise_for_status()

    dry, real = delay(any_client, FEBRUARY, DRY), delay(any_client, FEBRUARY)

    listed, link = real["promises"], real["next_promises"]
    assert len(listed) == 100
    while link is not None:
        page = any_client.get(link).json()
        listed, link = listed + page["promises"], page["next"]
    assert [promise["orderid"] for promise in listed] == [f"o{n}" for n in range(330)]
    assert (dry["promises"], dry["next_promises"]) == (listed, None)


def test_a_repeated_request_lists_the_same_dates(promised: Client) -> None:
    body = {"ref": "b1", "eta": FEBRUARY}
    first = post(promised, "/change_batch_eta", body, "slip-1").json()
    delay(promised, MARCH)

    assert post(promised, "/change_batch_eta", body, "slip-1").json() == first


def test_a_message_that_is_unknown_has_changed_no_promise(client: Client) -> None:
    assert client.get("/promises/no-such").json() == {"promises": [], "next": None}
    assert client.get("/promises/no-such?after=x").json()["code"] == "invalid_value"
    assert client.get(f"/promises/{'x' * 256}").status_code == 404
