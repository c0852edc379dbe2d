"""A batch's quantities can be told from its messages, in whatever order these are read."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.domain.events import Allocated, BatchQuantityChanged
from allocation.domain.ledger import Balance, Ledger, LedgerEntry, LedgerEvent
from tests.support.builders import SKU, a_batch_created, a_new_quantity

REFS = ("batch-1", "batch-2")
QUANTITIES = st.integers(1, 9)
CI = settings(derandomize=True, max_examples=300, deadline=None)


def an_allocated(qty: int, ref: str = "batch-1") -> Allocated:
    return Allocated("order-1", SKU, qty, ref)


def booked(*messages: LedgerEvent, lost: int = 0) -> dict[str, Balance]:
    """What there is after these; every change of a quantity has lost so many units."""
    ledger = Ledger()
    for number, message in enumerate(messages, start=1):
        loses = lost if isinstance(message, BatchQuantityChanged) else 0
        ledger.enter([LedgerEntry(number, message, loses)])
    return ledger.batches


def test_a_batch_begins_with_what_was_announced() -> None:
    [balance] = booked(a_batch_created(qty=100)).values()
    assert (balance.purchased, balance.allocated) == (100, 0)


def test_what_is_promised_is_added_up() -> None:
    [balance] = booked(a_batch_created(qty=100), an_allocated(3), an_allocated(4)).values()
    assert (balance.purchased, balance.allocated) == (100, 7)


def test_a_correction_tells_what_there_is_and_takes_off_what_was_lost() -> None:
    history = a_batch_created(qty=10), an_allocated(9), a_new_quantity(6)
    [balance] = booked(*history, lost=4).values()
    assert (balance.purchased, balance.allocated) == (6, 5)


def test_a_batch_that_is_announced_again_keeps_its_correction() -> None:
    history = a_batch_created(qty=10), a_new_quantity(6), a_batch_created(qty=10)
    [balance] = booked(*history).values()
    assert balance.purchased == 6


def test_every_batch_has_an_account_of_its_own() -> None:
    history = [a_batch_created(ref, qty) for qty, ref in enumerate(REFS, start=5)]
    ledger = booked(*history, an_allocated(2, "batch-2"), a_new_quantity(7, "batch-1"))
    assert {ref: (one.purchased, one.allocated) for ref, one in ledger.items()} == {
        "batch-1": (7, 0),
        "batch-2": (6, 2),
    }


def test_of_a_batch_that_was_only_promised_from_nobody_knows_what_it_holds() -> None:
    [balance] = booked(an_allocated(2)).values()
    assert (balance.purchased, balance.allocated) == (None, 2)


@st.composite
def logs(draw: st.DrawFn) -> list[LedgerEntry]:
    """What happened to some batches: each is announced first, and perhaps again, unchanged."""
    messages: list[tuple[LedgerEvent, int]] = [(a_batch_created(ref, qty=5), 0) for ref in REFS]
    after = st.one_of(
        st.builds(lambda ref: (a_batch_created(ref, qty=5), 0), st.sampled_from(REFS)),
        st.builds(lambda q, ref: (an_allocated(q, ref), 0), QUANTITIES, st.sampled_from(REFS)),
        st.builds(
            lambda qty, ref, lost: (a_new_quantity(qty, ref), lost),
            QUANTITIES,
            st.sampled_from(REFS),
            QUANTITIES,
        ),
    )
    messages += draw(st.lists(after, max_size=8))
    return [LedgerEntry(number, *what) for number, what in enumerate(messages, start=1)]


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
        otherwise = Ledger({ref: replace(one) for ref, one in otherwise.batches.items()})
        otherwise.enter(shuffled[:portion])
        shuffled = shuffled[portion:]
    assert otherwise.batches == in_order.batches
