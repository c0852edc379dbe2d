"""The decisions, one by one."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from allocation.domain.model import Batch, OrderLine, Product
from allocation.domain.order_line import Allocation
from allocation.domain.policies import (
    STANDARD,
    BatchFacts,
    Policies,
    warehouse_first_then_earliest,
)
from allocation.domain.portions import PORTION
from allocation.domain.rooms import Rooms
from tests.support.builders import (
    LATER,
    SKU,
    TODAY,
    TOMORROW,
    a_batch,
    a_line,
    batchref_of,
    queue_of,
    see_through,
)


def in_order_of_preference(*batches: Batch) -> list[str]:
    return [batch.reference for batch in sorted(batches, key=warehouse_first_then_earliest)]


def test_stock_in_the_warehouse_comes_before_the_earliest_shipment() -> None:
    assert in_order_of_preference(a_batch("a", eta=TODAY), a_batch("b")) == ["b", "a"]
    assert in_order_of_preference(a_batch("a", eta=date(2000, 1, 1)), a_batch("b")) == ["b", "a"]


def test_an_earlier_shipment_comes_before_a_later_one() -> None:
    shipments = [a_batch("a", eta=LATER), a_batch("b", eta=TODAY), a_batch("c", eta=TOMORROW)]
    assert in_order_of_preference(*shipments) == ["b", "c", "a"]


def test_ties_are_decided_by_reference() -> None:
    tied = [a_batch("c"), a_batch("a"), a_batch("b")]
    assert in_order_of_preference(*tied) == ["a", "b", "c"]
    tied = [a_batch("z", eta=TODAY), a_batch("y", eta=TODAY)]
    assert in_order_of_preference(*tied) == ["y", "z"]


def test_the_line_promised_last_loses_first_whatever_its_position() -> None:
    younger = Allocation(a_line("younger"), 2, "batch-1", 3)
    oldest = Allocation(a_line("oldest"), 1, "batch-1", 4)
    assert min(younger, oldest, key=STANDARD.release) is oldest


def test_the_waiting_line_accepted_first_is_served_first() -> None:
    younger, oldest = Allocation(a_line("younger"), 2), Allocation(a_line("oldest"), 1)
    assert min(younger, oldest, key=STANDARD.fill) is oldest


def longest_name_first(batch: BatchFacts) -> int:
    return -len(batch.reference)


def test_a_product_prefers_batches_by_the_policy_that_it_is_given() -> None:
    policies = Policies(prefer=longest_name_first)
    batches = [("a", 10), ("longer", 20)]
    product = Product(SKU, [a_batch(*each) for each in batches], policies=policies)
    assert product.allocate(a_line(qty=5)) == "longer"
    assert Product(SKU, [a_batch(*each) for each in batches]).allocate(a_line(qty=5)) == "a"


def test_batches_that_a_policy_does_not_distinguish_are_preferred_by_reference() -> None:
    policies = Policies(prefer=longest_name_first)
    product = Product(SKU, [a_batch("b", 10), a_batch("a", 10)], policies=policies)
    assert [product.allocate(a_line(f"order-{n}")) for n in range(3)] == ["a", "b", None]


def largest_first(allocation: Allocation) -> int:
    return -allocation.line.qty


@pytest.mark.parametrize("is_first", [True, False], ids=["the largest line first", "standard"])
def test_a_product_releases_lines_by_the_policy_that_it_is_given(is_first: bool) -> None:
    policies = Policies(release=largest_first) if is_first else STANDARD
    product = Product(SKU, [a_batch(qty=10)], policies=policies)
    for orderid, qty in (("large", 5), ("small", 2), ("medium", 3)):
        product.allocate(a_line(orderid, qty))
    released = product.change_batch_quantity("batch-1", 8)
    assert released == [a_line("large", 5) if is_first else a_line("medium", 3)]


@pytest.mark.parametrize("is_first", [True, False], ids=["the largest line first", "standard"])
def test_a_product_fills_room_by_the_policy_that_it_is_given(is_first: bool) -> None:
    policies = Policies(fill=largest_first) if is_first else STANDARD
    product = Product(SKU, [a_batch("old", 1)], policies=policies)
    for n in range(2 * PORTION):
        product.allocate(a_line(f"small-{n}", 2))
    for orderid, qty in (("medium", 3), ("large", 5)):
        product.allocate(a_line(orderid, qty))
    product.add_batch(a_batch("new", 9))
    see_through(product)
    served = ["large", "medium"] if is_first else [f"small-{n}" for n in range(4)]
    assert sorted(o for o in served if batchref_of(product, o) == "new") == sorted(served)
    assert product.batches.rooms().largest == 1


def test_a_large_fill_by_another_policy_serves_all_lines() -> None:
    product = Product(SKU, [a_batch("old", 1)], policies=Policies(fill=largest_first))
    for n in range(3 * PORTION):
        product.allocate(a_line(f"order-{n}", 2 + n % 3))
    product.add_batch(a_batch("new", 9 * PORTION))
    see_through(product)
    assert queue_of(product) == []


def served(batches: list[Batch], *waiting: OrderLine) -> list[str]:
    def queue(largest: Callable[[], int]) -> Iterator[Allocation]:
        for position, line in enumerate(waiting):
            if line.qty <= largest():
                yield Allocation(line, position)

    return [p.line.orderid for p in rooms_of(batches).each_that_fits(queue)]


def rooms_of(batches: list[Batch]) -> Rooms:
    return Product(SKU, batches).batches.rooms()


def test_waiting_lines_are_served_oldest_first() -> None:
    assert served([a_batch(qty=20)], a_line("a", 10), a_line("b", 10), a_line("c", 10)) == [
        "a",
        "b",
    ]


def test_a_line_that_is_too_large_does_not_keep_smaller_ones_from_being_served() -> None:
    assert served([a_batch(qty=10)], a_line("a", 11), a_line("b", 4), a_line("c", 6)) == ["b", "c"]


def test_several_batches_have_room_each_for_whole_lines_only() -> None:
    batches = [a_batch("one", 5), a_batch("two", 5)]
    assert served(batches, a_line("a", 4), a_line("b", 4), a_line("c", 2)) == ["a", "b"]


def test_the_preferred_batch_is_filled_first_as_allocating_will_do() -> None:
    # "a" goes to the small batch that is in stock, so that "b" finds room in the large one.
    batches = [a_batch("shipment", 10, TODAY), a_batch("in-stock", 3)]
    assert served(batches, a_line("a", 3), a_line("b", 10)) == ["a", "b"]


def test_nobody_is_served_without_room() -> None:
    full = a_batch(qty=10)
    full.allocate(a_line("first", 10))
    assert served([full], a_line("a", 1)) == []
    assert served([], a_line("a", 1)) == []


def test_without_room_nobody_asks_who_waits() -> None:
    def queue(_largest: Callable[[], int]) -> Iterator[Allocation]:
        raise AssertionError("the queue was asked for")

    assert list(rooms_of([]).each_that_fits(queue)) == []


def test_a_batch_that_is_overpromised_has_no_room() -> None:
    batch = a_batch(qty=10)
    batch.allocate(a_line("first", 10))
    batch.resize(5)
    assert served([batch, a_batch("other", 2)], a_line("a", 3), a_line("b", 2)) == ["b"]


def test_no_more_of_the_queue_is_read_than_there_is_room_for() -> None:
    queue = iter([Allocation(a_line(f"order-{n}", 10), n) for n in range(100)])
    assert len(list(rooms_of([a_batch(qty=20)]).each_that_fits(lambda _: queue))) == 2
    assert len(list(queue)) == 98
