"""The batches of a product: open ones in memory, exhausted ones loaded on demand."""

from collections.abc import Iterator
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocation.domain.batches import Batches
from allocation.domain.model import Batch
from allocation.domain.order_lines import OrderLines
from allocation.domain.policies import warehouse_first_then_earliest
from tests.support.builders import LATER, TODAY, TOMORROW, a_batch, a_line

ETAS = st.sampled_from([None, TODAY, TOMORROW, LATER])


class Stored:
    """Batches on record; `asked` says for which of them somebody has asked."""

    def __init__(self, *batches: Batch) -> None:
        self._batches = {batch.reference: batch for batch in batches}
        self.asked: list[str] = []

    def find(self, reference: str) -> Batch | None:
        self.asked.append(reference)
        return deepcopy(self._batches.get(reference))

    def all(self) -> Iterator[Batch]:
        self.asked.append("all")
        return (deepcopy(self._batches[reference]) for reference in sorted(self._batches))

    def has_shipments(self) -> bool:
        self.asked.append("shipments")
        return any(batch.eta is not None for batch in self._batches.values())


def exhausted(ref: str) -> Batch:
    return Batch.restore(ref, a_line().sku, None, initial=10, purchased=10, allocated=10)


def with_stored(stored: Stored, *loaded: Batch) -> Batches:
    batches = Batches(OrderLines(), stored)
    for batch in loaded:
        batches.add(batch)
    return batches


def exhausted_shipment(ref: str) -> Batch:
    return Batch.restore(ref, a_line().sku, LATER, initial=10, purchased=10, allocated=10)


def test_whether_there_are_shipments_is_asked_once_in_a_transaction() -> None:
    stored = Stored(exhausted("a"))
    batches = with_stored(stored, a_batch("b"))
    assert not batches.has_shipments
    assert not batches.has_shipments
    assert stored.asked == ["shipments"]
    batches.forget_exhausted()
    batches.read_from(Stored(exhausted("a"), exhausted_shipment("c")))
    assert batches.has_shipments


def test_a_shipment_at_hand_is_known_without_asking() -> None:
    stored = Stored()
    assert with_stored(stored, a_batch("b", eta=LATER)).has_shipments
    batches = with_stored(stored, a_batch("b"))
    assert not Batches(OrderLines()).has_shipments
    batches.find("b").eta = LATER  # type: ignore[union-attr]  # it is there
    assert batches.has_shipments
    assert stored.asked == []


def references(batches: Batches) -> list[str]:
    return [batch.reference for batch in batches]


class TestWithExhaustedBatchesOnRecord:
    """One batch is open, and two on record are exhausted."""

    @pytest.fixture
    def stored(self) -> Stored:
        return Stored(exhausted("a"), a_batch("b"), exhausted("c"))

    @pytest.fixture
    def batches(self, stored: Stored) -> Batches:
        return with_stored(stored, a_batch("b"))

    def test_an_open_batch_is_found_without_a_query(self, batches: Batches, stored: Stored) -> None:
        open_batch = batches.find("b")
        assert open_batch is not None
        assert open_batch in batches
        assert batches.first_with_room(100) is open_batch
        assert batches.first_with_room(101) is None
        assert stored.asked == []

    def test_an_exhausted_batch_is_read_by_its_reference_once(
        self, batches: Batches, stored: Stored
    ) -> None:
        batch = batches.find("a")
        assert batch is not None
        assert batches.find("a") is batch
        assert stored.asked == ["a"]

    def test_a_reference_that_no_batch_has_is_looked_up_once(
        self, batches: Batches, stored: Stored
    ) -> None:
        assert batches.find("z") is None
        assert batches.find("z") is None
        assert stored.asked == ["z"]

    def test_a_cached_batch_is_not_looked_up_again(self, batches: Batches, stored: Stored) -> None:
        batches.remember("a", exhausted("a"))
        batches.remember("z", None)
        assert batches.find("a") is not None
        assert batches.find("z") is None
        assert stored.asked == []

    def test_iteration_gives_all_by_reference_and_then_the_new_ones(
        self, batches: Batches, stored: Stored
    ) -> None:
        open_batch = batches.find("b")
        batches.add(a_batch("B-new"))
        assert references(batches) == ["a", "b", "c", "B-new"]
        assert (len(batches), batches[1], batches[-1].reference) == (4, open_batch, "B-new")
        assert [batch.reference for batch in batches[:2]] == ["a", "b"]
        assert stored.asked == ["all"]

    def test_only_open_batches_stay_in_memory_between_transactions(
        self, batches: Batches, stored: Stored
    ) -> None:
        assert len(batches) == 3
        batches.forget_exhausted()
        assert list(batches.loaded) == ["b"]
        assert references(batches) == ["a", "b", "c"]
        assert stored.asked == ["all", "all"]


def test_a_plan_changes_no_batch_and_no_other_plan_and_does_not_see_later_promises() -> None:
    batches = with_stored(Stored(), a_batch("b", 10))
    plan, other = batches.rooms(), batches.rooms()
    plan.take(plan.place(10, split=False))
    assert not plan.place(1, split=False)
    assert (plan.largest, other.largest) == (0, 10)
    assert batches.first_with_room(10) is batches.find("b")
    batches[0].allocate(a_line(qty=10))
    assert other.largest == 10


@given(st.lists(st.tuples(st.integers(1, 9), ETAS), max_size=80), st.data())
def test_batches_answer_as_a_search_through_all_of_them_does(
    facts: list[tuple[int, None]], data: st.DataObject
) -> None:
    naive = [a_batch(f"b{n:02}", qty, eta) for n, (qty, eta) in enumerate(facts)]
    batches = with_stored(Stored(), *naive)
    for number in range(40):
        qty = data.draw(st.integers(1, 10))
        able = [batch for batch in naive if batch.available_quantity >= qty]
        preferred = min(able, key=warehouse_first_then_earliest, default=None)
        assert batches.first_with_room(qty) is preferred
        assert batches.rooms().largest == max((b.available_quantity for b in naive), default=0)
        if preferred is not None and data.draw(st.booleans()):
            preferred.allocate(a_line(f"order-{number}", qty))
        elif naive:
            batch = naive[data.draw(st.integers(0, len(naive) - 1))]
            batch.resize(batch.allocated_quantity + data.draw(st.integers(0, 9)))


def test_a_batch_with_a_new_eta_is_preferred_by_that_date() -> None:
    early, late, full = a_batch("early", 5, TODAY), a_batch("late", 5, TOMORROW), exhausted("full")
    batches = with_stored(Stored(), early, late, full)

    early.eta = LATER
    full.eta = TODAY

    assert batches.first_with_room(1) is late
    late.resize(0)
    assert batches.first_with_room(1) is early
    late.resize(5)
    assert batches.first_with_room(1) is late
