"""Rules that only odd histories show: lines that were cancelled in part, blocks on releases."""

from datetime import timedelta

import pytest

from allocation.domain.errors import BatchClosed, NotInStock, TooMany
from allocation.domain.events import (
    AllocationRequired,
    FillContinued,
    PromiseChanged,
    PromiseReviewRequired,
)
from allocation.domain.model import Batch, OrderLine, Product
from allocation.domain.parts import open_units, shipped_units
from allocation.domain.portions import PORTION
from tests.support.builders import LATER, SKU, TODAY, a_batch, a_line, queue_of, see_through


def a_product(*batches: Batch) -> Product:
    product = Product(SKU, batches)
    product.today = TODAY
    return product


def units(product: Product, orderid: str = "o") -> tuple[int, int, int]:
    """Ordered, open and shipped."""
    parts = product.lines.find(orderid)
    return parts[0].line.qty, open_units(parts), shipped_units(parts)


@pytest.fixture
def taken_back() -> Product:
    """Of five units three were shipped, two cancelled, and then the three came back."""
    product = a_product(a_batch("s", 5))
    product.allocate(a_line("o", 5))
    product.ship_line("o", qty=3, ref="s")
    product.cancel_line("o")
    product.unship_line("o")
    see_through(product)
    return product


@pytest.mark.parametrize("qty", [1, 3, 4, 5])
def test_a_changed_line_has_no_units_that_were_cancelled_before(
    taken_back: Product, qty: int
) -> None:
    parts = taken_back.change_line("o", qty)
    assert units(taken_back) == (qty, qty, 0)
    assert sum(part.qty for part in parts) == qty


def test_a_line_that_first_had_no_date_is_late_after_the_first_one_it_was_told() -> None:
    product = a_product(a_batch("s", 5, TODAY - timedelta(days=2)))
    product.allocate(a_line("o", 5))
    product.change_batch_eta("s", TODAY + timedelta(days=2))
    product.add_batch(a_batch("b", 5, TODAY + timedelta(days=5)))
    see_through(product)
    product.change_batch_eta("s", TODAY + timedelta(days=9))
    see_through(product)
    assert product.lines.find("o")[0].batchref == "b"
    assert isinstance(product.facts[-1], PromiseChanged)


def test_units_that_left_a_cancelled_batch_do_not_come_back_in_part() -> None:
    product = a_product(a_batch("a", 5), a_batch("b", 5))
    product.allocate(OrderLine("o", SKU, 10, split=True))
    product.ship_line("o")
    product.cancel_batch("a")
    see_through(product)
    product.take_changes()
    with pytest.raises(BatchClosed):
        product.unship_line("o")
    assert not product.has_changes
    with pytest.raises(TooMany, match="0 units shipped, not 1"):
        product.allocate(a_line("other", 1))
        product.unship_line("other")


def test_no_more_is_shipped_from_a_batch_that_still_releases_than_it_is_to_hold() -> None:
    product = a_product(a_batch("s", 2 * PORTION))
    for n in range(2 * PORTION):
        product.allocate(a_line(f"{n}", 1))
    product.allocate(a_line("big", 10))
    product.change_batch_quantity("s", 5)
    with pytest.raises(NotInStock):
        product.ship_line("big", ref="s")


def test_an_unblocked_batch_goes_on_with_its_release() -> None:
    product = a_product(a_batch("s", 5 * PORTION))
    for n in range(5 * PORTION):
        product.allocate(a_line(f"{n}", 1))
    product.change_batch_quantity("s", 5)
    product.block_batch("s")
    product.continue_release("s", 5)
    product.unblock_batch("s")
    product.continue_release("s", 0)
    see_through(product)
    batch = product.batches[0]
    assert (batch.purchased_quantity, batch.allocated_quantity) == (5, 5)
    assert len(queue_of(product)) == 5 * PORTION - 5


def test_late_lines_beyond_a_portion_move_by_continuations_of_one_fill() -> None:
    """Otherwise each portion would be one cause further from the message that began it."""
    product = a_product(a_batch("s", 3 * PORTION, TODAY - timedelta(days=1)))
    for n in range(3 * PORTION):
        product.allocate(a_line(f"{n}", 1))
    product.add_batch(a_batch("new", 3 * PORTION))
    while product.events:
        event = product.events.pop(0)
        if isinstance(event, AllocationRequired):
            before = len(product.events)
            product.serve(event.orderid)
            raised = product.events[before:]
            assert not any(isinstance(each, FillContinued) for each in raised)
        elif isinstance(event, FillContinued):
            product.continue_fill(event.after, again=event.again)
    assert product.batches[0].allocated_quantity == 0
    assert product.cascade.fill_after is None


def test_an_oldest_line_that_shrank_does_not_take_more_units_than_it_has() -> None:
    product = a_product(a_batch("s", 600, LATER))
    product.allocate(a_line("a", 300))
    for n in range(300):
        product.allocate(a_line(f"{n}", 1))
    product.receive_part("s", "r", 250)
    product.change_line("a", 1)
    see_through(product)
    for batch in product.batches:
        parts = [p for orderid in ("a", *map(str, range(300))) for p in product.lines.find(orderid)]
        on_batch = sum(p.qty for p in parts if p.batchref == batch.reference)
        assert batch.allocated_quantity == on_batch <= batch.purchased_quantity


def test_a_line_that_waits_since_it_grew_is_told_of_by_one_review() -> None:
    product = a_product(a_batch("s", 5))
    product.allocate(a_line("o", 2))
    product.change_line("o", 8)
    assert product.reviews == [PromiseReviewRequired(SKU, 0)]
