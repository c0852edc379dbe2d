"""A product, where the reference implementation has nothing to say (test_model_properties.py).

That one compares, over thousands of histories: which batch a line is promised from, which line
waits, is served or taken off, what is answered or refused, when stock is out, and when the version
grows.
"""

from collections.abc import Callable

import pytest

from allocation.domain.errors import InvalidValue
from allocation.domain.events import AllocationRequired, OutOfStock
from allocation.domain.model import OrderLine, Product
from allocation.domain.order_lines import OrderLines
from tests.support.builders import (
    SKU,
    a_batch,
    a_line,
    a_product,
    queue_of,
    see_through,
    snapshot,
)


def test_a_smaller_quantity_requires_a_new_allocation_for_each_deallocated_line() -> None:
    product = a_product(a_batch(qty=20), lines=[a_line("order-1"), a_line("order-2")])
    product.change_batch_quantity("batch-1", 0)
    assert product.events == [
        AllocationRequired("order-1", SKU, 10),
        AllocationRequired("order-2", SKU, 10),
        OutOfStock(SKU),
    ]


def test_room_partly_taken_by_another_line_is_offered_to_smaller_lines() -> None:
    lines = [a_line("order-1", 10), a_line("order-2", 10), a_line("order-3", 4)]
    product = a_product(a_batch("small", 1), lines=lines)
    product.add_batch(a_batch(qty=20))
    required, product.events = product.events, []
    product.allocate(a_line("order-9", 6))  # before the follow-ups are handled
    product.events += required
    see_through(product)
    assert queue_of(product) == ["order-2"]


def test_many_lines_that_fit_nowhere_do_not_ask_again_and_again_for_those_that_do() -> None:
    large = [a_line(f"large-{n}", 10) for n in range(50)]
    small = [a_line(f"small-{n}", 1) for n in range(9)]
    product = a_product(a_batch(qty=500), lines=[*large, *small])
    product.change_batch_quantity("batch-1", 9)
    required = [e for e in see_through(product) if isinstance(e, AllocationRequired)]
    assert len(required) <= 2 * len(large + small)


class TestWhatIsRefused:
    """It changes nothing."""

    @pytest.mark.parametrize(
        ("act", "why"),
        [
            (lambda product: product.allocate(a_line(sku="TABLE")), "not for"),
            (lambda product: product.add_batch(a_batch("batch-2", sku="TABLE")), "not of"),
            (lambda _: Product(SKU, [a_batch(sku="TABLE")]), "not of"),
        ],
        ids=["a line", "a batch", "a batch of a new product"],
    )
    def test_another_sku(self, act: Callable[[Product], object], why: str) -> None:
        product = a_product(a_batch())
        before = snapshot(product)
        with pytest.raises(ValueError, match=why):
            act(product)
        assert snapshot(product) == before

    @pytest.mark.parametrize("qty", [-1, 2.5, True, "7", None, 10**9 + 1], ids=repr)
    def test_a_quantity_that_cannot_be(self, qty: int) -> None:
        product = a_product(a_batch(), lines=[a_line()])
        before = snapshot(product)
        with pytest.raises(InvalidValue):
            product.change_batch_quantity("batch-1", qty)
        assert snapshot(product) == before


def test_a_product_on_record_comes_back_as_it_was_with_nothing_to_write_down() -> None:
    batch, lines = a_batch(), OrderLines()
    product = Product.restore(SKU, [batch], 7, lines, out_of_stock=True)
    assert (product.version_number, product.out_of_stock) == (7, True)
    assert (list(product.batches), product.lines) == ([batch], lines)
    assert written_down(product) == ([], [])


def test_what_has_changed_is_given_to_be_written_down_once() -> None:
    product = a_product(a_batch("a"), a_batch("b"))
    assert written_down(product) == (["a", "b"], [])
    for changes in ((["a"], [a_line()]), ([], [])):
        product.allocate(a_line())
        assert written_down(product) == changes


def written_down(product: Product) -> tuple[list[str], list[OrderLine]]:
    changes = product.take_changes()
    lines = [parts[0].line for parts in changes.lines.values()]
    return list(changes.batches), lines
