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


def a_batch_with(orderid: str, qty: int, ref: str = "b3") -> Batch:
    batch = a_batch(ref)
    batch.allocate(a_line(orderid, qty))
    return batch


Act = Callable[[Product], object]

REFUSALS: dict[str, tuple[Act, type[Exception], str]] = {
    "by a batch, a line of another batch": (
        lambda product: product.batches[1].allocate(a_line("promised", 10)),
        AlreadyAllocated,
        r"order promised .* already allocated to b1",
    ),
    "by a batch, another quantity of a line of its own": (
        lambda product: product.batches[0].allocate(a_line("promised", 20)),
        LineConflict,
        "promised",
    ),
    "by a batch, another quantity of a line of another batch": (
        lambda product: product.batches[1].allocate(a_line("promised", 20)),
        LineConflict,
        "promised",
    ),
    "by a batch, another quantity of a line that waits": (
        lambda product: product.batches[1].allocate(a_line("waiting", 5)),
        LineConflict,
        "waiting",
    ),
    "by a batch, a line of another sku with the name of one of its own": (
        lambda product: product.batches[0].allocate(a_line("promised", 10, sku="TABLE")),
        ValueError,
        "no room",
    ),
    "by a product, a batch that has promised a line of another batch": (
        lambda product: product.add_batch(a_batch_with("promised", 10)),
        AlreadyAllocated,
        "b1",
    ),
    "by a product, a batch that has promised another quantity of a line": (
        lambda product: product.add_batch(a_batch_with("waiting", 20)),
        LineConflict,
        "waiting",
    ),
    "by a product, a batch that is announced again with promises": (
        lambda product: product.add_batch(a_batch_with("new", 10, "b1")),
        ValueError,
        "allocated lines",
    ),
    "by a product, a batch of another product": (
        lambda product: product.add_batch(a_product(a_batch("b9")).batches[0]),
        ValueError,
        "product",
    ),
    "by a new product, two batches that have promised the same line": (
        lambda _: Product(SKU, [a_batch_with("new", 10, "b8"), a_batch_with("new", 10, "b9")]),
        AlreadyAllocated,
        "b8",
    ),
    "by a new product, two batches with one reference": (
        lambda _: Product(SKU, [a_batch("b9"), a_batch("b9")]),
        ValueError,
        "b9",
    ),
}


@pytest.mark.parametrize("refused", REFUSALS)
def test_a_second_allocation_of_a_line_is_refused_and_changes_nothing(refused: str) -> None:
    act, error, why = REFUSALS[refused]
    lines = [a_line("promised", 10), a_line("waiting", 1000)]
    product = a_product(a_batch("b1"), a_batch("b2"), lines=lines)
    before = snapshot(product, ["promised", "waiting", "new"])
    with pytest.raises(error, match=why):
        act(product)
    assert snapshot(product, ["promised", "waiting", "new"]) == before
    assert product.allocate(a_line("another", 1)) == "b1", "nothing of it is left behind"


def test_a_batch_of_the_product_that_is_added_again_changes_nothing() -> None:
    product = a_product(a_batch("b1"), lines=[a_line("order-1", 10)])
    before = snapshot(product)
    product.add_batch(product.batches[0])
    assert snapshot(product) == before


def test_a_product_takes_over_a_line_that_waits_and_that_the_new_batch_has_promised() -> None:
    product = a_product(a_batch("b1", qty=5), lines=[a_line("order-1", 10)])
    product.add_batch(a_batch_with("order-1", 10))
    assert batchref_of(product, "order-1") == "b3"


@pytest.mark.parametrize(("lines", "batchref"), [([a_line("order-1", 10)], "b1"), ([], None)])
def test_a_line_that_waits_at_a_new_batch_keeps_the_promise_of_the_product_or_waits_there_too(
    lines: list[OrderLine], batchref: str | None
) -> None:
    product = a_product(a_batch("b1"), lines=lines)
    joining = a_batch_with("order-1", 10)
    joining.deallocate_one()
    product.add_batch(joining)
    assert batchref_of(product, "order-1") == batchref


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
