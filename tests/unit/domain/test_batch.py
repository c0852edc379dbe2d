"""A batch alone; with others, see test_allocated_once.py."""

import pytest

from allocation.domain.model import OrderLine
from tests.support.builders import TODAY, a_batch, a_line


@pytest.mark.parametrize("line", [a_line("order-2", 3), a_line(sku="TABLE", qty=1)], ids=str)
def test_a_line_without_room_or_of_another_sku_is_refused_and_changes_nothing(
    line: OrderLine,
) -> None:
    batch = a_batch(qty=10)
    batch.allocate(a_line("order-1", 8))
    with pytest.raises(ValueError, match="no room"):
        batch.allocate(line)
    assert (batch.purchased_quantity, batch.available_quantity) == (10, 2)


def test_a_line_that_is_promised_already_is_the_same_even_on_a_full_batch() -> None:
    batch, line = a_batch(qty=10), a_line(qty=10)
    batch.allocate(line)
    batch.allocate(line)
    assert batch.allocated_quantity == 10


def test_the_line_that_was_promised_last_is_deallocated_first_until_there_is_none() -> None:
    batch = a_batch(eta=TODAY)
    for orderid in ["order-2", "order-3", "order-1"]:
        batch.allocate(a_line(orderid))
    taken_off = [batch.deallocate_one() for _ in range(3)]
    assert taken_off == [a_line(orderid) for orderid in ("order-1", "order-3", "order-2")]
    assert not any(line in batch for line in taken_off)
    assert batch.available_quantity == 100
    with pytest.raises(LookupError):
        batch.deallocate_one()
