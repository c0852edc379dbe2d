"""A line is promised from one batch, whichever way it is asked for: by batches or by products."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.domain.errors import AlreadyAllocated, LineConflict, Refusal
from allocation.domain.model import Batch, OrderLine, Product
from tests.support.builders import (
    SKU,
    a_batch,
    a_line,
    a_product,
    batchref_of,
    everything_waiting,
    snapshot,
)


def two_batches() -> tuple[Product, Batch, Batch]:
    first, second = a_batch("b1"), a_batch("b2")
    return a_product(first, second), first, second


def test_a_batch_refuses_a_line_that_another_batch_of_the_product_has_promised() -> None:
    product, first, second = two_batches()
    first.allocate(a_line("order-1", 10))
    before = snapshot(product)

    with pytest.raises(AlreadyAllocated, match=r"order-1 .* already allocated to b1") as refused:
        second.allocate(a_line("order-1", 10))

    assert refused.value.batchref == "b1"
    assert snapshot(product) == before
    assert (first.allocated_quantity, second.allocated_quantity) == (10, 0)


def test_a_batch_refuses_another_quantity_of_a_line_that_another_batch_has_promised() -> None:
    product, first, second = two_batches()
    first.allocate(a_line("order-1", 10))
    before = snapshot(product)
    with pytest.raises(LineConflict):
        second.allocate(a_line("order-1", 20))
    assert snapshot(product) == before


def test_a_batch_refuses_another_quantity_of_a_line_that_waits() -> None:
    batch = a_batch("b1", qty=10)
    product = a_product(batch, lines=[a_line("order-1", 11)])
    before = snapshot(product)
    with pytest.raises(LineConflict):
        batch.allocate(a_line("order-1", 5))
    assert snapshot(product) == before


def test_a_batch_does_not_take_a_line_of_another_sku_for_one_that_it_has_promised() -> None:
    batch = a_batch()
    batch.allocate(a_line("order-1", 10))
    with pytest.raises(ValueError, match="no room"):
        batch.allocate(a_line("order-1", 10, sku="TABLE"))


def a_batch_with(orderid: str, qty: int, ref: str = "b2") -> Batch:
    batch = a_batch(ref)
    batch.allocate(a_line(orderid, qty))
    return batch


def test_a_product_refuses_a_batch_that_has_promised_a_line_of_another_batch() -> None:
    product, first, _ = two_batches()
    product.allocate(a_line("order-1", 10))
    before = snapshot(product)

    with pytest.raises(AlreadyAllocated, match="b1"):
        product.add_batch(a_batch_with("order-1", 10, "b3"))

    assert snapshot(product) == before
    assert first.allocated_quantity == 10
    assert product.allocate(a_line("order-2", 1)) == "b1", "nothing of it is left behind"


def test_a_product_refuses_a_batch_that_has_promised_another_quantity_of_a_line() -> None:
    product = a_product(a_batch("b1", qty=5), lines=[a_line("order-1", 10)])
    before = snapshot(product)
    with pytest.raises(LineConflict):
        product.add_batch(a_batch_with("order-1", 20))
    assert snapshot(product) == before


def test_a_product_takes_over_a_line_that_waits_and_that_the_new_batch_has_promised() -> None:
    product = a_product(a_batch("b1", qty=5), lines=[a_line("order-1", 10)])
    product.add_batch(a_batch_with("order-1", 10))
    assert batchref_of(product, "order-1") == "b2"


def test_a_line_that_waits_at_a_new_batch_keeps_the_promise_that_the_product_has_made() -> None:
    product = a_product(a_batch("b1"), lines=[a_line("order-1", 10)])
    joining = a_batch_with("order-1", 10)
    joining.deallocate_one()
    product.add_batch(joining)
    assert batchref_of(product, "order-1") == "b1"


def test_a_product_is_not_made_of_batches_that_have_promised_the_same_line() -> None:
    with pytest.raises(AlreadyAllocated):
        Product(SKU, [a_batch_with("order-1", 10, "b1"), a_batch_with("order-1", 10, "b2")])


def test_a_product_is_not_made_of_two_batches_with_one_reference() -> None:
    with pytest.raises(ValueError, match="b1"):
        Product(SKU, [a_batch("b1"), a_batch("b1")])


def test_a_batch_that_is_announced_again_with_promises_is_refused_and_not_passed_over() -> None:
    product = a_product(a_batch("b1"))
    before = snapshot(product)
    with pytest.raises(ValueError, match="allocated lines"):
        product.add_batch(a_batch_with("order-1", 10, "b1"))
    assert snapshot(product) == before


def test_a_batch_belongs_to_one_product() -> None:
    product, first, _ = two_batches()
    product.allocate(a_line("order-1", 10))
    other = a_product(a_batch("b9"))
    before = snapshot(other)
    with pytest.raises(ValueError, match="product"):
        other.add_batch(first)
    assert snapshot(other) == before
    product.add_batch(first)  # its own is known, and changes nothing


REFS = ("b1", "b2", "b3")
Action = Callable[["Shop"], None]


@dataclass
class Shop:
    """A product whose batches somebody gets hold of, and batches that do not belong to it yet."""

    outside: dict[str, Batch] = field(
        default_factory=lambda: {ref: a_batch(ref, qty=12) for ref in REFS[1:]}
    )
    product: Product = field(default_factory=lambda: a_product(a_batch("b1", qty=12)))

    @property
    def batches(self) -> dict[str, Batch]:
        return self.outside | {batch.reference: batch for batch in self.product.batches}

    def picture(self) -> object:
        alone = {
            ref: [batch.allocated_quantity, *(line in batch for line in every_line())]
            for ref, batch in self.outside.items()
        }
        return snapshot(self.product, ORDERS), alone


ORDERS = ("o1", "o2", "o3", "o4")


def every_line() -> list[OrderLine]:
    return [a_line(orderid, qty) for orderid in ORDERS for qty in (3, 5)]


lines = st.builds(a_line, st.sampled_from(ORDERS), st.sampled_from((3, 5)))
refs = st.sampled_from(REFS)


def on_a_batch(ref: str, line: OrderLine) -> Action:
    return lambda shop: shop.batches[ref].allocate(line)


def taken_off(ref: str) -> Action:
    return lambda shop: void(shop.batches[ref].deallocate_one())


def by_the_product(line: OrderLine) -> Action:
    return lambda shop: void(shop.product.allocate(line))


def resized(ref: str, qty: int) -> Action:
    return lambda shop: void(shop.product.change_batch_quantity(ref, qty))


def joining(ref: str) -> Action:
    def join(shop: Shop) -> None:
        shop.product.add_batch(shop.batches[ref])
        shop.outside.pop(ref, None)

    return join


def void(_: object) -> None:
    """A step has no result."""


STEPS = st.one_of(
    st.builds(on_a_batch, refs, lines),
    st.builds(taken_off, refs),
    st.builds(by_the_product, lines),
    st.builds(resized, refs, st.integers(0, 15)),
    st.builds(joining, refs),
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_each_unit_is_promised_once_and_a_refusal_changes_nothing(
    steps: list[Action],
) -> None:
    shop = Shop()
    for step in steps:
        before: object = shop.picture()
        with suppress(Refusal, ValueError, LookupError):
            step(shop)
            before = None
        assert before in (None, shop.picture()), "what is refused changes nothing"
        check_every_unit(shop)


def check_every_unit(shop: Shop) -> None:
    waiting = {allocation.line.orderid for allocation in everything_waiting(shop.product)}
    for batch in shop.product.batches:
        promised = [line for line in every_line() if line in batch]
        assert batch.allocated_quantity == sum(line.qty for line in promised)
        for line in promised:
            assert batchref_of(shop.product, line.orderid) == batch.reference
            assert line.orderid not in waiting
