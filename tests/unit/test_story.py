"""What a fact says about a line, in a sentence."""

from datetime import UTC, datetime
from typing import Any

import pytest

from allocation.views.story import LineFact, Origin, entry

ALLOCATE = Origin("AllocationRequired", {})
BATCH = Origin("BatchCreated", {})


def a_fact(
    type: str, cause: Origin | None = ALLOCATE, incoming: Origin | None = ALLOCATE, **body: Any
) -> LineFact:
    body = {"orderid": "o1", "sku": "LAMP", "qty": 12, **body}
    return LineFact(datetime(2026, 11, 29, tzinfo=UTC), type, body, "m2", "m1", cause, incoming)


@pytest.mark.parametrize(
    ("fact", "kind", "text"),
    [
        (
            a_fact("Allocated", batchref="PO-17", eta="2026-12-24"),
            "accepted",
            "accepted 12 units, allocated to PO-17, due 2026-12-24 (allocate, key m1)",
        ),
        (a_fact("Backordered"), "accepted", "accepted 12 units, waiting (allocate, key m1)"),
        (
            a_fact("Allocated", incoming=BATCH, batchref="b1", backordered=True, qty=1),
            "allocated",
            "allocated 1 unit to b1 (BatchCreated, key m1)",
        ),
        (
            a_fact("Deallocated", None, None, batchref="b1", reason="wet", eta="2026-12-24"),
            "lost",
            "lost 12 units of b1: wet (key m1)",
        ),
        (a_fact("Allocated", None, None, batchref="b1"), "allocated", None),
        (
            a_fact(
                "PromiseChanged",
                from_batchref="b1",
                from_day="2026-12-24",
                to_batchref="b2",
                to_day="2027-01-03",
            ),
            "promise_changed",
            "promised 12 units from b2 for 2027-01-03, instead of b1 for 2026-12-24"
            " (allocate, key m1)",
        ),
        (
            a_fact("PromiseChanged", to_batchref="b2"),
            "promise_changed",
            "promised 12 units from b2, instead of no promise (allocate, key m1)",
        ),
        (
            a_fact("PromiseLost", batchref="b1", day="2026-12-24"),
            "promise_lost",
            "lost the promise of 12 units from b1 for 2026-12-24 (allocate, key m1)",
        ),
    ],
)
def test_a_fact_is_a_sentence(fact: LineFact, kind: str, text: str | None) -> None:
    result = entry(fact, {"AllocationRequired": "allocate"})
    assert result.kind == kind
    assert text in (None, result.text)


def test_a_cause_that_the_log_no_longer_has_is_known_by_its_id() -> None:
    cause = entry(a_fact("Backordered", None, None), {}).cause
    assert (cause.id, cause.type, cause.key) == ("m2", None, "m1")


def test_a_fact_without_a_reason_has_that_of_its_cause() -> None:
    shipped = a_fact("Shipped", Origin("OrderLineShipped", {"reason": "in a hurry"}), batchref="b1")
    assert entry(shipped, {}).reason == "in a hurry"


DELAY = Origin("BatchEtaChanged", {"reason": "storm"})
REVIEW = Origin("PromiseReviewRequired", {})
VERBS = {"BatchEtaChanged": "change_batch_eta"}


def test_a_fact_of_a_follow_up_has_the_reason_of_the_request() -> None:
    delayed = entry(a_fact("PromiseChanged", REVIEW, DELAY, to_batchref="b2"), VERBS)
    assert (delayed.reason, delayed.cause.reason) == ("storm", "storm")
    assert delayed.text == (
        "promised 12 units from b2, instead of no promise: storm (change_batch_eta, key m1)"
    )


def test_a_reason_of_its_own_stands_beside_that_of_the_request() -> None:
    moved = a_fact("Deallocated", ALLOCATE, DELAY, batchref="b1", reason="an earlier day")
    lost = entry(moved, VERBS)
    assert (lost.reason, lost.cause.reason) == ("an earlier day", "storm")
    assert lost.text == ("lost 12 units of b1: an earlier day (change_batch_eta: storm, key m1)")


def test_a_request_without_a_reason_gives_none() -> None:
    lost = entry(a_fact("PromiseLost", REVIEW, BATCH, batchref="b1"), {})
    assert (lost.reason, lost.cause.reason) == (None, None)
