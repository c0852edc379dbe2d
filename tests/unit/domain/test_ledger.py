"""Quantities and waiting lines can be told from the messages, in whatever order these are read."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.domain.events import Allocated, Backordered, BatchQuantityAdjusted, Deallocated
from allocation.domain.ledger import Backorders, Balance, Ledger, LedgerEntry, LedgerEvent
from tests.support.builders import SKU, a_batch_created

REFS = ("batch-1", "batch-2")
QUANTITIES = st.integers(1, 9)
CI = settings(derandomize=True, max_examples=300, deadline=None)


def an_allocated(qty: int, ref: str = "batch-1", *, backordered: bool = False) -> Allocated:
    return Allocated("order-1", SKU, qty, ref, backordered)


def a_deallocated(qty: int, ref: str = "batch-1") -> Deallocated:
    return Deallocated("order-1", SKU, qty, ref, "quantity changed")


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


def test_a_line_waits_from_its_backorder_or_its_deallocation_until_it_is_allocated() -> None:
    new, lost = Backordered("order-2", SKU, 3), a_deallocated(4)
    both = a_ledger(new, an_allocated(4), lost).backorders[SKU]
    assert (both.lines, both.units) == (2, 7)
    served = a_ledger(new, an_allocated(4), lost, Allocated("order-2", SKU, 3, "batch-1", True))
    assert served.backorders == a_ledger(an_allocated(4), lost).backorders
    assert a_ledger(lost, an_allocated(4, backordered=True)).backorders == {SKU: Backorders()}


@pytest.mark.parametrize(
    "other",
    [[("order-2", 2)], [("order-1", 3)], [("order-1", 1), ("order-2", 1)], [("order-12", 2)]],
    ids=["another order", "another quantity", "two lines", "a longer name"],
)
def test_backorders_of_other_lines_have_another_fingerprint(other: list[tuple[str, int]]) -> None:
    one, others = Backorders(), Backorders()
    one.add("order-1", 2)
    for orderid, qty in other:
        others.add(orderid, qty)
    assert one.fingerprint != others.fingerprint


def test_a_batch_without_an_announcement_has_no_purchased_quantity() -> None:
    [balance] = booked(an_allocated(2)).values()
    assert (balance.purchased, balance.allocated) == (None, 2)


EVENTS = st.one_of(
    st.builds(a_batch_created, st.sampled_from(REFS), QUANTITIES),
    st.builds(an_allocated, QUANTITIES, st.sampled_from(REFS), backordered=st.booleans()),
    st.builds(a_deallocated, QUANTITIES, st.sampled_from(REFS)),
    st.builds(lambda qty: Backordered(f"order-{qty}", SKU, qty), QUANTITIES),
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
