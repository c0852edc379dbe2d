"""Quantities and waiting units can be told from the messages, in whatever order these are read."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.domain.events import (
    Allocated,
    Backordered,
    BatchQuantityAdjusted,
    BatchReceived,
    Cancelled,
    Deallocated,
    Shipped,
    Unshipped,
)
from allocation.domain.ledger import Backorders, Balance, Ledger, LedgerEntry, LedgerEvent
from allocation.domain.order_line import LineKey
from tests.support.builders import SKU, a_batch_created

REFS = ("batch-1", "batch-2")
QUANTITIES = st.integers(1, 9)
CI = settings(derandomize=True, max_examples=300, deadline=None)


def an_allocated(qty: int, ref: str = "batch-1", *, backordered: bool = False) -> Allocated:
    return Allocated("order-1", SKU, qty, ref, backordered)


def a_deallocated(qty: int, ref: str = "batch-1") -> Deallocated:
    return Deallocated("order-1", SKU, qty, ref, "quantity changed")


def a_shipped(qty: int, ref: str = "batch-1") -> Shipped:
    return Shipped("order-1", SKU, qty, ref)


def an_unshipped(qty: int, ref: str = "batch-1") -> Unshipped:
    return Unshipped("order-1", SKU, qty, ref, "mis-scan")


def a_cancelled(qty: int, ref: str | None = "batch-1", line: str | None = None) -> Cancelled:
    return Cancelled("order-1", SKU, qty, "not wanted", ref, line)


def an_adjusted(by: int, ref: str = "batch-1") -> BatchQuantityAdjusted:
    return BatchQuantityAdjusted(ref, by, "quantity changed")


def a_ledger(*messages: LedgerEvent) -> Ledger:
    """What there is after these."""
    ledger = Ledger()
    ledger.enter(LedgerEntry(number, message) for number, message in enumerate(messages, start=1))
    return ledger


def booked(*messages: LedgerEvent) -> dict[str, Balance]:
    return a_ledger(*messages).batches


def test_corrections_promises_and_deallocations_of_each_batch_are_told_apart() -> None:
    history = [a_batch_created(ref, qty) for qty, ref in enumerate(REFS, start=5)]
    corrected = an_adjusted(4), a_batch_created("batch-1", 9), an_adjusted(-2)
    promised = an_allocated(2, "batch-2"), an_allocated(3, "batch-2"), a_deallocated(1, "batch-2")
    ledger = booked(*history, *corrected, *promised)
    assert {ref: (one.purchased, one.allocated) for ref, one in ledger.items()} == {
        "batch-1": (7, 0),
        "batch-2": (6, 4),
    }


def test_units_wait_from_a_backorder_or_a_deallocation_until_they_are_allocated() -> None:
    new, lost = Backordered("order-2", SKU, 3), a_deallocated(4)
    assert a_ledger(new, an_allocated(4), lost).backorders[SKU].units == 7
    served = a_ledger(new, an_allocated(4), lost, Allocated("order-2", SKU, 3, "batch-1", True))
    assert served.backorders == a_ledger(an_allocated(4), lost).backorders
    assert a_ledger(lost, an_allocated(4, backordered=True)).backorders == {SKU: Backorders()}


def test_the_units_of_a_line_may_wait_together_and_be_served_apart() -> None:
    lost = a_deallocated(4), a_deallocated(3, "batch-2")
    served = an_allocated(2, backordered=True), an_allocated(5, "batch-2", backordered=True)
    assert a_ledger(*lost, *served).backorders == {SKU: Backorders()}


def test_shipped_units_leave_their_batch_and_come_back() -> None:
    [left] = booked(a_batch_created(qty=9), an_allocated(5), a_shipped(4)).values()
    assert (left.purchased, left.allocated, left.shipped) == (5, 1, 4)
    [back] = booked(a_batch_created(qty=9), an_allocated(5), a_shipped(4), an_unshipped(3)).values()
    assert (back.purchased, back.allocated, back.shipped) == (8, 4, 1)


def test_cancelled_units_leave_their_batch_or_the_queue() -> None:
    [balance] = booked(a_batch_created(qty=9), an_allocated(5), a_cancelled(2)).values()
    assert (balance.purchased, balance.allocated) == (9, 3)
    cancelled = a_ledger(Backordered("order-1", SKU, 3), a_cancelled(3, ref=None))
    assert cancelled == Ledger(backorders={SKU: Backorders()})


def test_what_arrived_of_a_shipment_is_a_batch_of_its_own() -> None:
    history = a_batch_created("batch-1", 9), BatchReceived("batch-2", SKU, 5)
    ledger = booked(*history, an_adjusted(-5), an_adjusted(-1, "batch-2"))
    assert {ref: one.purchased for ref, one in ledger.items()} == {"batch-1": 4, "batch-2": 4}


ONE: LineKey = "order-1", ""


@pytest.mark.parametrize(
    "other",
    [
        {("order-2", ""): 2},
        {ONE: 3},
        {ONE: 1, ("order-2", ""): 1},
        {("order-12", ""): 2},
        {("order-1", "2"): 2},
        {("order-", "1"): 2},
    ],
    ids=[
        *("another order", "another quantity", "two lines", "a longer name"),
        *("another line of it", "names divided in another place"),
    ],
)
def test_backorders_of_other_lines_have_another_fingerprint(other: dict[LineKey, int]) -> None:
    one, others = Backorders(), Backorders()
    one.add(ONE, 2)
    for line, qty in other.items():
        others.add(line, qty)
    assert one.fingerprint != others.fingerprint


def test_a_batch_without_an_announcement_has_no_purchased_quantity() -> None:
    [balance] = booked(an_allocated(2)).values()
    assert (balance.purchased, balance.allocated) == (None, 2)


EVENTS = st.one_of(
    st.builds(a_batch_created, st.sampled_from(REFS), QUANTITIES),
    st.builds(an_allocated, QUANTITIES, st.sampled_from(REFS), backordered=st.booleans()),
    st.builds(a_deallocated, QUANTITIES, st.sampled_from(REFS)),
    st.builds(lambda qty: Backordered(f"order-{qty}", SKU, qty), QUANTITIES),
    st.builds(a_shipped, QUANTITIES, st.sampled_from(REFS)),
    st.builds(an_unshipped, QUANTITIES, st.sampled_from(REFS)),
    st.builds(
        a_cancelled, QUANTITIES, st.sampled_from((*REFS, None)), st.sampled_from((None, "2"))
    ),
    st.builds(BatchReceived, st.sampled_from(REFS), st.just(SKU), QUANTITIES),
    st.builds(an_adjusted, st.integers(-9, 9), st.sampled_from(REFS)),
)


@st.composite
def logs(draw: st.DrawFn) -> list[LedgerEntry]:
    """What happened to some batches: each is announced first, and perhaps again."""
    messages: list[LedgerEvent] = [a_batch_created(ref, qty=5) for ref in REFS]
    messages += draw(st.lists(EVENTS, max_size=8))
    return [LedgerEntry(number, message) for number, message in enumerate(messages, start=1)]


@CI
@given(logs(), st.data())
def test_the_order_and_what_was_carried_forward_make_no_difference(
    log: list[LedgerEntry], data: st.DataObject
) -> None:
    in_order, otherwise = Ledger(), Ledger()
    in_order.enter(log)
    shuffled = data.draw(st.permutations(log))
    while shuffled:
        portion = data.draw(st.integers(1, len(shuffled)))
        # A portion goes on with copies: what was written down, and read again.
        otherwise = Ledger(
            {ref: replace(one) for ref, one in otherwise.batches.items()},
            {sku: replace(one) for sku, one in otherwise.backorders.items()},
        )
        otherwise.enter(shuffled[:portion])
        shuffled = shuffled[portion:]
    assert otherwise == in_order
