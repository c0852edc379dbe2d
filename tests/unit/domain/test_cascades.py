"""A change that concerns very many lines is made in portions, with the same result."""

from random import Random

import pytest

from allocation.domain.events import (
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    Deallocated,
    Event,
    FillContinued,
    OutOfStock,
    ReleaseContinued,
)
from allocation.domain.model import Product
from allocation.domain.portions import PORTION, QUANTITY_CHANGED
from tests.support.builders import (
    SKU,
    TODAY,
    a_batch,
    a_batch_created,
    a_line,
    a_new_quantity,
    a_product,
    an_allocation,
    batchref_of,
    queue_of,
    see_through,
)
from tests.support.stock_oracle import Oracle

MANY = 2 * PORTION + 40
CONTINUATIONS = (ReleaseContinued, FillContinued)
LEFT = MANY - PORTION
"""What a batch of that many lines holds after a portion has been released."""


def numbered(first: int, last: int) -> list[str]:
    return [f"order-{n:03d}" for n in range(first, last)]


def a_product_with_many(batch_qty: int) -> Product:
    """A batch, and many lines of one unit each, of which those that do not fit wait."""
    lines = [a_line(orderid, 1) for orderid in numbered(0, MANY)]
    product = a_product(a_batch(qty=batch_qty), lines=lines)
    see_through(product)
    product.facts.clear()
    return product


def taken_events(product: Product) -> list[Event]:
    events, product.events = product.events, []
    return events


def raised_until(kind: type[Event], product: Product) -> Event:
    """The first event of a kind, which is not handled."""
    while not isinstance(product.events[0], kind):
        see_through(product, limit=1)
    return product.events.pop(0)


def of_type(kind: type[Event], events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


class TestFilling:
    def test_asks_for_one_portion_and_says_where_it_goes_on(self) -> None:
        product = a_product_with_many(1)
        product.add_batch(a_batch("new", MANY))
        (last_asked,) = product.lines.find(f"order-{PORTION:03d}")
        assert len(of_type(AllocationRequired, product.events)) == PORTION
        assert product.events[-1] == FillContinued(SKU, last_asked.position)

    def test_serves_all_that_fit_oldest_first_each_asked_for_once(self) -> None:
        product = a_product_with_many(1)
        product.add_batch(a_batch("new", MANY - 20))
        raised = see_through(product)
        assert queue_of(product) == numbered(MANY - 19, MANY)
        assert len(of_type(AllocationRequired, raised)) == MANY - 20
        assert not of_type(OutOfStock, raised)

    def test_ends_also_where_a_line_that_was_asked_for_is_not_served(self) -> None:
        product = a_product_with_many(1)
        product.add_batch(a_batch("new", MANY))
        continued = product.events.pop()
        assert isinstance(continued, FillContinued)
        product.events.clear()  # as if every one of the first portion had failed
        product.events.append(continued)
        see_through(product)
        assert queue_of(product) == numbered(1, PORTION + 1)


class TestReleasing:
    def test_takes_off_one_portion_and_leaves_the_batch_no_room(self) -> None:
        product = a_product_with_many(MANY)
        taken_off = product.change_batch_quantity("batch-1", 5)
        batch = product.batches[0]
        left = MANY - PORTION
        assert [line.orderid for line in taken_off] == numbered(left, MANY)[::-1]
        assert (batch.purchased_quantity, batch.allocated_quantity) == (left, left)
        assert product.events == [ReleaseContinued("batch-1", 5, QUANTITY_CHANGED)]

    @pytest.mark.parametrize(("reason", "recorded"), [("leak", "leak"), (None, "quantity changed")])
    def test_records_the_reason_of_the_correction_in_every_portion(
        self, reason: str | None, recorded: str
    ) -> None:
        product = a_product_with_many(MANY)
        product.change_batch_quantity("batch-1", 0, reason)
        see_through(product)
        released = [fact for fact in product.facts if isinstance(fact, Deallocated)]
        assert [fact.reason for fact in released] == [recorded] * MANY

    def test_serves_nothing_before_the_last_line_is_off(self) -> None:
        product = a_product_with_many(MANY)
        product.add_batch(a_batch("other", 30))
        product.change_batch_quantity("batch-1", 5)
        raised = see_through(product)
        assert [batchref_of(product, o) for o in numbered(5, 35)] == ["other"] * 30
        assert queue_of(product) == numbered(35, MANY)
        assert len(of_type(AllocationRequired, raised)) == 30
        assert len(of_type(Deallocated, product.facts)) == MANY - 5

    @pytest.mark.parametrize(
        "corrections",
        [[MANY], [LEFT], [MANY, LEFT], [LEFT + 1, LEFT], [LEFT + 1, 0], [LEFT - 1], [5, 9], [9, 5]],
        ids=str,
    )
    def test_is_taken_over_by_a_correction_with_the_result_of_that_correction_alone(
        self, corrections: list[int]
    ) -> None:
        """As when the continuation has failed, and will be tried again later."""
        product = a_product_with_many(MANY)
        product.change_batch_quantity("batch-1", 5)
        continued = taken_events(product)
        raised: list[Event] = []
        for qty in corrections:
            product.change_batch_quantity("batch-1", qty)
            raised += see_through(product)
        product.events += continued
        assert see_through(product) == continued
        assert product.batches[0].purchased_quantity == corrections[-1]
        assert queue_of(product) == numbered(corrections[-1], MANY)
        if len(corrections) == 1:
            assert len(of_type(OutOfStock, raised)) == (corrections[-1] < MANY)
            assert product.out_of_stock == (corrections[-1] < MANY)

    def test_goes_on_when_only_other_batches_have_changed_meanwhile(self) -> None:
        product = a_product_with_many(MANY)
        product.change_batch_quantity("batch-1", 5)
        continued = taken_events(product)
        product.add_batch(a_batch("other", 30))
        see_through(product)
        product.events += continued
        see_through(product)
        assert product.batches[0].purchased_quantity == 5


class TestRetriedFill:
    """A batch of many lines has lost all of them; the second portion of the fill has failed."""

    @pytest.fixture
    def product(self) -> Product:
        product = a_product_with_many(MANY)
        product.add_batch(a_batch("other", PORTION + 40))
        product.change_batch_quantity("batch-1", 0)
        return product

    @pytest.mark.parametrize("qty", [10, MANY - PORTION - 10, 5_000])
    def test_has_no_effect_once_the_stock_has_grown(self, product: Product, qty: int) -> None:
        failed = raised_until(FillContinued, product)
        product.add_batch(a_batch("new", qty))
        raised = see_through(product)
        served = PORTION + 40 + qty
        assert queue_of(product) == numbered(served, MANY)
        assert len(of_type(OutOfStock, raised)) == product.out_of_stock == (served < MANY)
        product.events.append(failed)
        assert see_through(product) == [failed]


class TestOutOfStock:
    """A line that is too large for every batch has waited, and has been reported, before."""

    def test_is_not_raised_when_every_released_line_finds_another_batch(self) -> None:
        product = a_product_with_many(MANY)
        product.allocate(a_line("too-large", 1_000))
        product.add_batch(a_batch("other", MANY))
        product.events.clear()
        product.change_batch_quantity("batch-1", 0)
        assert not of_type(OutOfStock, see_through(product))
        assert queue_of(product) == ["too-large"]

    def test_is_raised_when_the_room_of_a_large_line_goes_to_many_older_small_ones(self) -> None:
        small = [a_line(orderid, 1) for orderid in numbered(0, MANY)]
        product = a_product(a_batch(qty=500), lines=[a_line("large", 500), *small])
        product.change_batch_quantity("batch-1", 499)
        assert len(of_type(OutOfStock, see_through(product))) == 1
        assert queue_of(product) == ["large"]


@pytest.mark.parametrize("seed", range(4))
def test_large_corrections_do_what_small_ones_do(seed: int) -> None:
    """The oracle knows no portions."""
    random, oracle, product = Random(seed), Oracle(), a_product()
    shortages = 0
    for message in large_corrections(random):
        oracle.answer(message)
        match message:
            case BatchCreated(ref, _, qty, eta):
                product.add_batch(a_batch(ref, qty, eta))
            case AllocationRequired():
                product.events.append(message)
            case BatchQuantityChanged(ref, qty):
                product.change_batch_quantity(ref, qty)
        shortages += len(of_type(OutOfStock, see_through(product)))
        assert shortages == oracle.times_out_of_stock
        assert queue_of(product) == oracle.queue()
    held = {batch.reference: batch.purchased_quantity for batch in product.batches}
    assert held == {ref: facts.held for ref, facts in oracle.batches.items()}


def large_corrections(random: Random) -> list[Event]:
    lines = [an_allocation(f"order-{n}", random.choice([1, 1, 1, 2, 3, 40])) for n in range(400)]
    corrections = [
        a_new_quantity(random.choice([0, 50, 300, 600, 2_000]), random.choice(["a", "b", "c"]))
        for _ in range(10)
    ]
    batches = [a_batch_created("a", 300), a_batch_created("b", 300), a_batch_created("c", 2, TODAY)]
    return [*batches, *lines, *corrections]


@pytest.mark.parametrize("reserve", [1, 10_000])
@pytest.mark.parametrize("seed", range(4))
def test_continuations_that_fail_and_are_retried_later_do_no_harm(seed: int, reserve: int) -> None:
    """Corrections and new batches pass them; with a reserve, no line is left without stock."""
    random, held, failed = Random(seed), {"a": 400, "b": 300, "reserve": reserve}, list[Event]()
    product = a_product(*(a_batch(ref, qty) for ref, qty in held.items()))
    product.events += [an_allocation(f"order-{n}", 1) for n in range(600)]
    see_through(product)
    raised: list[Event] = []
    for step in range(30):
        ref, qty = random.choice(["a", "b", f"new-{step}"]), random.choice([1, 50, 130, 300, 600])
        if ref in held:
            product.change_batch_quantity(ref, qty)
        else:
            product.add_batch(a_batch(ref, qty))
        held[ref] = qty
        random.shuffle(failed)
        product.events += failed[:2]
        del failed[:2]
        while product.events:
            if isinstance(product.events[0], CONTINUATIONS) and random.random() < 0.5:
                failed.append(product.events.pop(0))
            raised += see_through(product, limit=1)
    product.events += failed
    raised += see_through(product)
    assert {batch.reference: batch.purchased_quantity for batch in product.batches} == held
    assert len(queue_of(product)) == max(600 - sum(held.values()), 0)
    assert reserve == 1 or not of_type(OutOfStock, raised)
