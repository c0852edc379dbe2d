"""When its stock changes, a product sees to every line that this concerns."""

import pytest

from allocation.domain.errors import BatchConflict
from allocation.domain.events import Allocated, AllocationRequired, OutOfStock
from allocation.domain.model import Batch, Product
from tests.support.builders import (
    SKU,
    TODAY,
    TOMORROW,
    a_batch,
    a_line,
    a_product,
    batchref_of,
    queue_of,
    see_through,
    snapshot,
)


def a_product_with_a_queue(*quantities: int) -> Product:
    """order-1, order-2, … wait for these quantities; there is a batch, and it is empty."""
    empty = a_batch("empty", 1)
    product = a_product(empty)
    product.change_batch_quantity("empty", 0)
    for n, qty in enumerate(quantities, start=1):
        product.allocate(a_line(f"order-{n}", qty))
    product.events.clear()
    return product


class TestANewBatch:
    def test_serves_waiting_lines_oldest_first(self) -> None:
        product = a_product_with_a_queue(10, 10, 10)
        product.add_batch(a_batch(qty=20))
        see_through(product)
        assert [batchref_of(product, f"order-{n}") for n in (1, 2)] == ["batch-1"] * 2
        assert queue_of(product) == ["order-3"]

    def test_serves_each_that_fits(self) -> None:
        product = a_product_with_a_queue(30, 5, 20, 5)
        product.add_batch(a_batch(qty=10))
        see_through(product)
        assert queue_of(product) == ["order-1", "order-3"]

    def test_does_not_promise_by_itself_but_requires_allocation(self) -> None:
        product = a_product_with_a_queue(10, 10)
        product.add_batch(a_batch(qty=10))
        assert product.events == [AllocationRequired("order-1", SKU, 10)]
        assert queue_of(product) == ["order-1", "order-2"]

    def test_that_is_known_already_changes_nothing(self) -> None:
        product = a_product(a_batch(qty=10, eta=TODAY), lines=[a_line("order-1", 4)])
        before = snapshot(product)
        product.add_batch(a_batch(qty=10, eta=TODAY))
        assert snapshot(product) == before
        assert len(product.batches) == 1

    def test_is_known_by_what_was_announced_even_when_its_quantity_was_corrected(self) -> None:
        product = a_product(a_batch(qty=10))
        product.change_batch_quantity("batch-1", 7)
        product.add_batch(a_batch(qty=10))
        assert product.batches[0].purchased_quantity == 7

    @pytest.mark.parametrize(
        ("other", "field", "asked"),
        [
            (a_batch(qty=11), "qty", 11),
            (a_batch(qty=10, eta=TOMORROW), "eta", TOMORROW.isoformat()),
        ],
        ids=["quantity", "ETA"],
    )
    def test_with_other_facts_is_a_conflict_that_names_the_field(
        self, other: Batch, field: str, asked: object
    ) -> None:
        product = a_product(a_batch(qty=10), lines=[a_line("order-1", 4)])
        before = snapshot(product)
        with pytest.raises(BatchConflict) as conflict:
            product.add_batch(other)
        assert (conflict.value.ref, conflict.value.field) == ("batch-1", field)
        assert (conflict.value.known, conflict.value.asked) == (
            {"qty": 10, "eta": None}[field],
            asked,
        )
        assert snapshot(product) == before


class TestALargerQuantity:
    def test_serves_waiting_lines_oldest_first_each_that_fits(self) -> None:
        product = a_product_with_a_queue(30, 5, 5)
        assert product.change_batch_quantity("empty", 10) == []
        see_through(product)
        assert queue_of(product) == ["order-1"]

    def test_takes_room_that_was_left_into_account(self) -> None:
        product = a_product(a_batch(qty=8), lines=[a_line("order-1", 10)])
        product.change_batch_quantity("batch-1", 10)
        see_through(product)
        assert queue_of(product) == []


class TestASmallerQuantity:
    def test_that_still_covers_what_is_promised_takes_no_line_off(self) -> None:
        product = a_product(a_batch(qty=30), lines=[a_line("order-1", 10)])
        assert product.change_batch_quantity("batch-1", 10) == []
        assert batchref_of(product, "order-1") == "batch-1"
        assert product.events == []

    def test_takes_off_the_line_promised_last_and_no_more_than_needed(self) -> None:
        product = a_product(a_batch(qty=30), lines=[a_line(f"order-{n}") for n in (2, 1, 3)])
        assert product.change_batch_quantity("batch-1", 20) == [a_line("order-3")]
        assert product.change_batch_quantity("batch-1", 5) == [a_line("order-1"), a_line("order-2")]

    def test_takes_off_by_promise_and_not_by_age(self) -> None:
        product = a_product_with_a_queue(10)
        product.add_batch(a_batch("other", 5))
        product.allocate(a_line("order-2", 5))
        product.change_batch_quantity("other", 15)
        see_through(product)
        assert product.change_batch_quantity("other", 10) == [a_line("order-1", 10)]

    def test_requires_a_new_allocation_for_each_line_taken_off(self) -> None:
        product = a_product(a_batch(qty=20), lines=[a_line("order-1"), a_line("order-2")])
        product.change_batch_quantity("batch-1", 0)
        assert product.events == [
            AllocationRequired("order-1", SKU, 10),
            AllocationRequired("order-2", SKU, 10),
            OutOfStock(SKU),
        ]

    def test_moves_what_it_takes_off_to_the_next_batch(self) -> None:
        product = a_product(a_batch("a", 20), a_batch("b", 20), lines=[a_line("order-1", 20)])
        product.change_batch_quantity("a", 10)
        assert Allocated("order-1", SKU, 20, "b") in see_through(product)
        assert batchref_of(product, "order-1") == "b"
        assert [batch.available_quantity for batch in product.batches] == [10, 0]

    def test_that_leaves_a_line_without_stock_is_told_whatever_was_told_before(self) -> None:
        product = a_product(a_batch(qty=20), lines=[a_line("order-1"), a_line("large", 30)])
        see_through(product)
        product.change_batch_quantity("batch-1", 5)
        assert see_through(product).count(OutOfStock(SKU)) == 1
        product.change_batch_quantity("batch-1", 4)
        assert OutOfStock(SKU) not in see_through(product)

    def test_that_finds_other_stock_for_every_line_is_not_out_of_stock(self) -> None:
        product = a_product(a_batch("a", 20), a_batch("b", 20), lines=[a_line("order-1", 20)])
        product.change_batch_quantity("a", 0)
        assert OutOfStock(SKU) not in see_through(product)

    def test_keeps_a_line_that_fits_nowhere_waiting_and_says_so_once(self) -> None:
        product = a_product(a_batch(qty=20), lines=[a_line("order-1"), a_line("order-2")])
        product.change_batch_quantity("batch-1", 0)
        assert see_through(product).count(OutOfStock(SKU)) == 1
        assert queue_of(product) == ["order-1", "order-2"]

    def test_gives_a_deallocated_line_its_old_position_in_the_queue(self) -> None:
        product = a_product(
            a_batch(qty=10), lines=[a_line("order-1"), a_line("order-2"), a_line("order-3")]
        )
        product.change_batch_quantity("batch-1", 0)
        see_through(product)
        assert queue_of(product) == ["order-1", "order-2", "order-3"]

    def test_serves_smaller_waiting_lines_with_the_room_that_it_frees(self) -> None:
        product = a_product(a_batch(qty=20), lines=[a_line("order-1", 20), a_line("order-2", 7)])
        product.change_batch_quantity("batch-1", 10)
        see_through(product)
        assert queue_of(product) == ["order-1"]
        assert batchref_of(product, "order-2") == "batch-1"

    def test_to_nothing_leaves_the_batch_known(self) -> None:
        product = a_product(a_batch(qty=20))
        product.change_batch_quantity("batch-1", 0)
        product.change_batch_quantity("batch-1", 20)
        assert product.allocate(a_line()) == "batch-1"


def test_room_that_somebody_else_took_meanwhile_is_offered_to_smaller_lines() -> None:
    product = a_product_with_a_queue(10, 10, 4)
    product.add_batch(a_batch(qty=20))
    required = list(product.events)
    product.events.clear()
    product.allocate(a_line("order-9", 6))  # before the follow-ups are handled
    for event in required:
        assert isinstance(event, AllocationRequired)
        product.allocate(a_line(event.orderid, event.qty))
    see_through(product)
    assert queue_of(product) == ["order-2"]


def test_many_lines_that_fit_nowhere_do_not_ask_again_and_again_for_those_that_do() -> None:
    large = [a_line(f"large-{n}", 10) for n in range(50)]
    small = [a_line(f"small-{n}", 1) for n in range(9)]
    product = a_product(a_batch(qty=500), lines=[*large, *small])
    product.change_batch_quantity("batch-1", 9)
    required = [e for e in see_through(product) if isinstance(e, AllocationRequired)]
    assert len(required) <= 2 * len(large + small)
