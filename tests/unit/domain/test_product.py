"""A product gives each of its lines to one batch, or lets it wait."""

import pytest

from allocation.domain.errors import InvalidValue, LineConflict, UnknownBatch
from allocation.domain.events import Allocated, OutOfStock
from allocation.domain.model import Product
from allocation.domain.order_lines import OrderLines
from tests.support.builders import (
    LATER,
    SKU,
    TODAY,
    a_batch,
    a_line,
    a_product,
    batchref_of,
    everything_waiting,
    queue_of,
    see_through,
    snapshot,
)


class TestALineThatFits:
    def test_is_promised_from_the_preferred_batch_and_everybody_is_told(self) -> None:
        product = a_product(a_batch("later", eta=LATER), a_batch("soon", eta=TODAY))
        assert product.allocate(a_line("order-1", 10)) == "soon"
        assert batchref_of(product, "order-1") == "soon"
        assert product.events == [Allocated("order-1", SKU, 10, "soon")]

    def test_goes_whole_to_the_next_batch_when_the_preferred_one_is_too_small(self) -> None:
        product = a_product(a_batch("in-stock", 9), a_batch("shipment", 20, TODAY))
        assert product.allocate(a_line("order-1", 10)) == "shipment"
        assert product.allocate(a_line("order-2", 9)) == "in-stock"

    def test_goes_by_reference_between_equals(self) -> None:
        product = a_product(a_batch("b"), a_batch("a"))
        assert product.allocate(a_line()) == "a"


class TestALineThatFitsNowhere:
    def test_waits_in_the_order_of_arrival(self) -> None:
        product = a_product(a_batch(qty=9))
        assert [product.allocate(a_line(f"order-{n}", 10)) for n in (2, 1, 3)] == [None] * 3
        assert queue_of(product) == ["order-2", "order-1", "order-3"]

    def test_is_not_split(self) -> None:
        product = a_product(a_batch("a", 6), a_batch("b", 6))
        assert product.allocate(a_line("order-1", 10)) is None
        assert [batch.available_quantity for batch in product.batches] == [6, 6]

    def test_does_not_keep_a_smaller_line_from_being_promised(self) -> None:
        product = a_product(a_batch(qty=9), lines=[a_line("order-1", 10)])
        assert product.allocate(a_line("order-2", 9)) == "batch-1"

    def test_is_out_of_stock_once_until_the_stock_grows(self) -> None:
        product = a_product(a_batch(qty=1))
        for n in range(1, 4):
            product.allocate(a_line(f"order-{n}", 10))
        assert product.events == [OutOfStock(SKU)]

    def test_is_out_of_stock_again_once_the_stock_has_grown(self) -> None:
        product = a_product(a_batch(qty=1), lines=[a_line("order-1", 10)])
        product.change_batch_quantity("batch-1", 2)
        product.allocate(a_line("order-2", 10))
        product.add_batch(a_batch("batch-2", 3))
        product.allocate(a_line("order-3", 10))
        product.allocate(a_line("order-4", 10))
        assert product.events == [OutOfStock(SKU), OutOfStock(SKU)]


class TestTheSameLineAgain:
    def test_changes_nothing_when_it_waits_whatever_came_meanwhile(self) -> None:
        product = a_product(a_batch(qty=1), lines=[a_line("order-1", 10)])
        product.change_batch_quantity("batch-1", 2)
        product.events.clear()
        before = snapshot(product)
        assert product.allocate(a_line("order-1", 10)) is None
        assert (snapshot(product), product.events) == (before, [])

    def test_gets_the_same_answer_and_changes_nothing(self) -> None:
        product = a_product(a_batch("a", 30), a_batch("b", 30), lines=[a_line("order-1", 20)])
        before = snapshot(product)
        assert product.allocate(a_line("order-1", 20)) == "a"
        assert snapshot(product) == before

    def test_keeps_its_promise_when_a_better_batch_has_come(self) -> None:
        product = a_product(a_batch("shipment", eta=TODAY), lines=[a_line("order-1")])
        product.add_batch(a_batch("in-stock"))
        assert product.allocate(a_line("order-1")) == "shipment"

    def test_that_waits_still_waits_at_its_position_and_nothing_changes(self) -> None:
        product = a_product(a_batch(qty=1), lines=[a_line("order-1"), a_line("order-2")])
        before = snapshot(product)
        assert product.allocate(a_line("order-1")) is None
        assert snapshot(product) == before

    @pytest.mark.parametrize("known_qty", [10, 1000], ids=["promised", "waiting"])
    def test_with_another_quantity_is_a_conflict_and_changes_nothing(self, known_qty: int) -> None:
        product = a_product(a_batch(qty=100), lines=[a_line("order-1", known_qty)])
        before = snapshot(product)
        with pytest.raises(LineConflict) as conflict:
            product.allocate(a_line("order-1", 20))
        assert (conflict.value.orderid, conflict.value.sku) == ("order-1", SKU)
        assert (conflict.value.known, conflict.value.asked) == (known_qty, 20)
        assert snapshot(product) == before


class TestWhatIsRefused:
    def test_a_line_for_another_sku(self) -> None:
        product = a_product(a_batch())
        before = snapshot(product)
        with pytest.raises(ValueError, match="not for"):
            product.allocate(a_line(sku="TABLE"))
        assert snapshot(product) == before

    def test_a_batch_of_another_sku(self) -> None:
        product = a_product(a_batch())
        before = snapshot(product)
        with pytest.raises(ValueError, match="not of"):
            product.add_batch(a_batch("batch-2", sku="TABLE"))
        assert snapshot(product) == before

    def test_a_reference_that_no_batch_has(self) -> None:
        product = a_product(a_batch(), lines=[a_line()])
        before = snapshot(product)
        with pytest.raises(UnknownBatch) as refused:
            product.change_batch_quantity("batch-9", 5)
        assert refused.value.ref == "batch-9"
        assert snapshot(product) == before

    @pytest.mark.parametrize("qty", [-1, 2.5, True, "7", None, 10**9 + 1], ids=repr)
    def test_a_quantity_that_cannot_be(self, qty: int) -> None:
        product = a_product(a_batch(), lines=[a_line()])
        before = snapshot(product)
        with pytest.raises(InvalidValue):
            product.change_batch_quantity("batch-1", qty)
        assert snapshot(product) == before


class TestTheVersion:
    def test_grows_with_every_change(self) -> None:
        product = Product(SKU)
        versions = [product.version_number]
        for change in (
            lambda: product.add_batch(a_batch(qty=10)),
            lambda: product.allocate(a_line("order-1", 8)),
            lambda: product.allocate(a_line("order-2", 8)),
            lambda: product.change_batch_quantity("batch-1", 20),
            lambda: see_through(product),
            lambda: product.change_batch_quantity("batch-1", 8),
        ):
            change()
            versions.append(product.version_number)
        assert versions == sorted(set(versions))

    def test_does_not_grow_when_nothing_changes(self) -> None:
        product = a_product(a_batch(qty=10), lines=[a_line("order-1", 8), a_line("order-2", 8)])
        before = product.version_number
        product.add_batch(a_batch(qty=10))
        product.allocate(a_line("order-1", 8))
        product.allocate(a_line("order-2", 8))
        product.change_batch_quantity("batch-1", 10)
        assert product.version_number == before


def test_a_product_takes_in_the_lines_that_its_batches_bring_along() -> None:
    batch = a_batch(qty=20)
    batch.allocate(a_line("order-1"))
    product = Product(SKU, [batch])
    assert product.allocate(a_line("order-1")) == "batch-1"
    assert batch.available_quantity == 10
    assert everything_waiting(product) == []


def test_a_new_products_batches_are_to_be_written_down() -> None:
    changes = a_product(a_batch("a"), a_batch("b")).take_changes()
    assert [batch.reference for batch in changes.batches] == ["a", "b"]


def test_a_product_on_record_comes_back_as_it_was_with_nothing_to_write_down() -> None:
    batch, lines = a_batch(), OrderLines()
    product = Product.restore(SKU, [batch], 7, lines, out_of_stock=True)
    assert (product.version_number, product.out_of_stock) == (7, True)
    assert (list(product.batches), product.lines) == ([batch], lines)
    changes = product.take_changes()
    assert (changes.batches, changes.lines) == ([], [])


def test_a_product_is_not_made_of_another_skus_batch() -> None:
    with pytest.raises(ValueError, match="not of"):
        Product(SKU, [a_batch(sku="TABLE")])


def test_what_has_changed_is_given_to_be_written_down_once() -> None:
    product = a_product(a_batch("a"), a_batch("b"))
    product.take_changes()
    product.allocate(a_line("order-1"))
    changes = product.take_changes()
    assert [batch.reference for batch in changes.batches] == ["a"]
    assert [allocation.line.orderid for allocation in changes.lines] == ["order-1"]
    product.allocate(a_line("order-1"))
    nothing = product.take_changes()
    assert (nothing.batches, nothing.lines) == ([], [])
