"""A change that concerns very many lines is made in portions, with the same result."""

from allocation.domain.events import (
    AllocationRequired,
    Event,
    FillContinued,
    OutOfStock,
    ReleaseContinued,
)
from allocation.domain.model import Product
from allocation.domain.product import PORTION
from tests.support.builders import (
    SKU,
    a_batch,
    a_line,
    a_product,
    batchref_of,
    queue_of,
    see_through,
)

MANY = 2 * PORTION + 40


def numbered(first: int, last: int) -> list[str]:
    return [f"order-{n:03d}" for n in range(first, last)]


def a_product_with_many(batch_qty: int) -> Product:
    """A batch, and many lines of one unit each, of which those that do not fit wait."""
    lines = [a_line(orderid, 1) for orderid in numbered(0, MANY)]
    product = a_product(a_batch(qty=batch_qty), lines=lines)
    see_through(product)
    product.facts.clear()
    return product


def of_type(kind: type[Event], events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


class TestFilling:
    def test_asks_for_one_portion_and_says_where_it_goes_on(self) -> None:
        product = a_product_with_many(1)
        product.add_batch(a_batch("new", MANY))
        last_asked = product.lines.find(f"order-{PORTION:03d}")
        assert last_asked is not None
        assert len(of_type(AllocationRequired, product.events)) == PORTION
        assert product.events[-1] == FillContinued(SKU, "new", last_asked.position)

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
        product.continue_fill(continued.ref, continued.after, lost=continued.lost)
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
        assert product.events == [ReleaseContinued("batch-1", 5, left)]

    def test_serves_nothing_before_the_last_line_is_off(self) -> None:
        product = a_product_with_many(MANY)
        product.add_batch(a_batch("other", 30))
        product.change_batch_quantity("batch-1", 5)
        raised = see_through(product)
        assert [batchref_of(product, o) for o in numbered(5, 35)] == ["other"] * 30
        assert queue_of(product) == numbered(35, MANY)
        assert len(of_type(AllocationRequired, raised)) == 30
        assert len(product.facts) == MANY - 5

    def test_says_once_that_lines_are_left_without_stock(self) -> None:
        product = a_product_with_many(MANY)
        product.change_batch_quantity("batch-1", 0)
        assert len(of_type(OutOfStock, see_through(product))) == 1
        assert product.out_of_stock

    def test_is_not_out_of_stock_where_every_line_finds_another_batch(self) -> None:
        product = a_product_with_many(MANY)
        product.add_batch(a_batch("other", MANY))
        product.change_batch_quantity("batch-1", 0)
        assert not of_type(OutOfStock, see_through(product))
        assert queue_of(product) == []

    def test_is_over_when_the_batch_has_been_corrected_meanwhile(self) -> None:
        product = a_product_with_many(MANY)
        product.change_batch_quantity("batch-1", 0)
        [continued] = product.events
        product.events.clear()
        product.change_batch_quantity("batch-1", MANY)
        product.events.append(continued)
        see_through(product)
        assert product.batches[0].purchased_quantity == MANY
        assert queue_of(product) == []
