"""The decisions, where no history can show them: they are exchanged, and read no more than needed.

What the shop's own decide is compared with a reference implementation, in
test_model_properties.py, and with the orders of the databases, in tests/contract.
"""

from collections.abc import Callable, Iterator

from allocation.domain.model import Batch, Product
from allocation.domain.order_line import Allocation
from allocation.domain.policies import (
    BatchFacts,
    Policies,
)
from allocation.domain.portions import PORTION
from allocation.domain.rooms import Rooms
from tests.support.builders import (
    SKU,
    a_batch,
    a_line,
    queue_of,
    see_through,
)


def longest_name_first(batch: BatchFacts) -> int:
    return -len(batch.reference)


def test_batches_that_a_policy_does_not_distinguish_are_preferred_by_reference() -> None:
    policies = Policies(prefer=longest_name_first)
    product = Product(SKU, [a_batch("b", 10), a_batch("a", 10)], policies=policies)
    assert [product.allocate(a_line(f"order-{n}")) for n in range(3)] == ["a", "b", None]


def test_no_correction_changes_the_allocation_numbers_that_a_policy_reads() -> None:
    policies = Policies(release=lambda allocation: allocation.allocation_number)
    product = Product(SKU, [a_batch(qty=3 * PORTION)], policies=policies)
    orders = [f"order-{n:03d}" for n in range(3 * PORTION)]
    for orderid in orders:
        product.allocate(a_line(orderid, 1))
    version = product.version_number
    assert product.change_batch_quantity("batch-1", 3 * PORTION) == []
    assert product.version_number == version
    product.change_batch_quantity("batch-1", PORTION // 2)
    see_through(product)
    assert queue_of(product) == orders[: -PORTION // 2]


def rooms_of(batches: list[Batch]) -> Rooms:
    return Product(SKU, batches).batches.rooms()


def test_without_room_the_waiting_lines_are_not_read() -> None:
    def queue(_largest: Callable[[], int]) -> Iterator[Allocation]:
        raise AssertionError("the queue was asked for")

    assert list(rooms_of([]).each_that_fits(queue)) == []


def test_a_line_that_fits_nowhere_does_not_keep_back_the_next_one() -> None:
    queue = [Allocation(a_line(f"order-{qty}", qty), qty) for qty in (6, 5)]
    fitting = rooms_of([a_batch(qty=5)]).each_that_fits(lambda _: iter(queue))
    assert [allocation.line.qty for allocation in fitting] == [5]


def test_the_queue_is_read_only_as_far_as_there_is_room() -> None:
    queue = iter([Allocation(a_line(f"order-{n}", 10), n) for n in range(100)])
    assert len(list(rooms_of([a_batch(qty=20)]).each_that_fits(lambda _: queue))) == 2
    assert len(list(queue)) == 98
