"""The decisions, where no history can show them: they are exchanged, and read no more than needed.

What the shop's own decide is compared with a reference implementation, in
test_model_properties.py, and with the orders of the databases, in tests/contract.
"""

from collections.abc import Callable, Iterator

from allocation.domain.model import Product
from allocation.domain.order_line import Allocation
from allocation.domain.policies import STANDARD, BatchFacts, oldest_first_each_that_fits
from tests.support.builders import SKU, a_batch, a_line


def test_a_product_decides_by_the_policies_that_it_is_given() -> None:
    def longest_name_first(batch: BatchFacts) -> tuple[int]:
        return (-len(batch.reference),)

    policies = STANDARD._replace(prefer=longest_name_first)
    batches = [("a", 10), ("longer", 20)]
    product = Product(SKU, [a_batch(*each) for each in batches], policies=policies)
    assert product.allocate(a_line(qty=5)) == "longer"
    assert Product(SKU, [a_batch(*each) for each in batches]).allocate(a_line(qty=5)) == "a"


def test_without_room_nobody_asks_who_waits() -> None:
    def queue(_largest: Callable[[], int]) -> Iterator[Allocation]:
        raise AssertionError("the queue was asked for")

    rooms = Product(SKU).batches.rooms()
    assert list(oldest_first_each_that_fits(rooms, queue)) == []


def test_no_more_of_the_queue_is_read_than_there_is_room_for() -> None:
    queue = iter([Allocation(a_line(f"order-{n}", 10), n) for n in range(100)])
    rooms = Product(SKU, [a_batch(qty=20)]).batches.rooms()
    assert len(list(oldest_first_each_that_fits(rooms, lambda _: queue))) == 2
    assert len(list(queue)) == 98
