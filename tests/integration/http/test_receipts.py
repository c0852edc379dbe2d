"""What the answer tells of a shipment that arrives in part, or is due on a day that has passed."""

from typing import Any

import pytest

from tests.integration.http.conftest import Client
from tests.support.requests import add_batch, post

DRY = "?dry_run=true"
RECEIPT = {"ref": "s1", "new_ref": "s1a", "qty": 4}


@pytest.fixture
def expecting(any_client: Client) -> Client:
    """Two shipments of ten lamps are on their way."""
    for ref in ("s1", "s2"):
        add_batch(any_client, ref, 10, eta="2040-01-01")
    return any_client


def receipt(client: Client, query: str = "", **other: Any) -> tuple[Any, ...]:
    """Have a part received; whether it is a repetition, and the units beyond the expected ones."""
    answer = post(client, f"/receive_batch_part{query}", RECEIPT | other)
    assert answer.status_code == 200, answer.text
    return answer.json()["repeated"], answer.json()["unexpected"]


def test_a_repeated_receipt_says_so(expecting: Client) -> None:
    assert [receipt(expecting) for _ in range(2)] == [(False, 0), (True, 0)]
    assert receipt(expecting, DRY) == (True, 0)


def test_a_receipt_of_more_units_than_expected_says_how_many(expecting: Client) -> None:
    assert receipt(expecting, DRY, qty=13) == receipt(expecting, qty=13) == (False, 3)


def test_a_receipt_under_the_reference_of_another_is_refused(expecting: Client) -> None:
    receipt(expecting)
    answer = post(expecting, "/receive_batch_part", {**RECEIPT, "ref": "s2"})
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_conflict")
    assert answer.json()["message"] == ("Batch s1a already exists with received_from s1, not s2")


@pytest.mark.parametrize(("eta", "overdue"), [("2001-01-01", True), ("2041-01-01", False)])
def test_a_date_that_has_passed_makes_a_shipment_overdue(
    expecting: Client, eta: str, overdue: bool
) -> None:
    for query in (DRY, ""):
        answer = post(expecting, f"/change_batch_eta{query}", {"ref": "s1", "eta": eta})
        assert answer.json()["overdue"] is overdue
