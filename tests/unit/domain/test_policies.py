"""The decisions, where no history can show them: they are exchanged, and read no more than needed.

What the shop's own decide is compared with a reference implementation, in
test_model_properties.py, and with the orders of the databases, in tests/contract.
"""

from allocation.domain.model import Batch, Product
from allocation.domain.order_lines import OrderLines
from allocation.domain.policies import (
    BatchFacts,
    Policies,
)
from allocation.domain.portions import PORTION, fill
from tests.support.builders import (
    SKU,
    a_batch,
    a_line,
    queue_of,
    see_through,
)
from tests.support.parts import a_part
from tests.support.recorded_lines import RecordedLines


def longest_name_first(batch: BatchFacts) -> int:
    return -len(batch.reference)


def test_batches_that_a_policy_does_not_distinguish_are_preferred_by_reference() -> None:
    policies = Policies(prefer=longest_name_first)
    product = Product(SKU, [a_batch("b", 10), a_batch("a", 10)], policies=policies)
    assert [product.allocate(a_line(f"order-{n}")) for n in range(3)] == ["a", "b", None]


def test_no_correction_changes_the_allocation_numbers_that_a_policy_reads() -> None:
    policies = Policies(release=lambda part: part.allocation_number)
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


def filled(stored: RecordedLines, *batches: Batch) -> list[int]:
    """The quantities of the waiting lines that fit into these batches."""
    lines = OrderLines(stored, last_number=1000)
    product = Product.restore(SKU, batches, 1, lines, out_of_stock=False)
    return [part.qty for part in fill(product.batches, lines).parts]


def a_queue(*quantities: int) -> RecordedLines:
    parts = (a_part(a_line(f"order-{n}", qty), n + 1) for n, qty in enumerate(quantities))
    return RecordedLines(parts)


def test_without_room_the_waiting_lines_are_not_read() -> None:
    stored = a_queue(1, 2, 3)
    assert (filled(stored), stored.read) == ([], 0)


def test_a_line_that_fits_nowhere_does_not_keep_back_the_next_one() -> None:
    assert filled(a_queue(6, 5), a_batch(qty=5)) == [5]


def test_the_queue_is_read_only_as_far_as_there_is_room() -> None:
    stored = a_queue(*[10] * 100)
    assert filled(stored, a_batch(qty=20)) == [10, 10]
    assert stored.read <= 3
