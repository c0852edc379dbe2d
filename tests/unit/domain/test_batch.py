"""A batch alone: what it holds, and what of it is promised."""

import pytest

from allocation.domain.errors import InvalidValue, LineConflict
from allocation.domain.model import Batch, Product
from tests.support.builders import SKU, TODAY, a_batch, a_line


def test_a_new_batch_is_wholly_available() -> None:
    batch = a_batch("batch-7", 30, TODAY)
    assert (batch.reference, batch.sku, batch.eta) == ("batch-7", SKU, TODAY)
    assert (batch.purchased_quantity, batch.allocated_quantity) == (30, 0)
    assert batch.available_quantity == 30


def test_a_promise_takes_from_what_is_available_and_not_from_what_was_purchased() -> None:
    batch = a_batch(qty=30)
    batch.allocate(a_line(qty=4))
    assert (batch.purchased_quantity, batch.allocated_quantity) == (30, 4)


def test_a_line_without_room_is_refused_and_changes_nothing() -> None:
    batch = a_batch(qty=10)
    batch.allocate(a_line("order-1", 8))
    with pytest.raises(ValueError, match="no room"):
        batch.allocate(a_line("order-2", 3))
    assert batch.available_quantity == 2
    assert a_line("order-2", 3) not in batch


def test_a_line_for_another_sku_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        a_batch().allocate(a_line(sku="TABLE"))


def test_a_line_that_is_promised_already_is_the_same_even_on_a_full_batch() -> None:
    batch, line = a_batch(qty=10), a_line(qty=10)
    batch.allocate(line)
    batch.allocate(line)
    assert batch.allocated_quantity == 10


def test_the_same_order_with_another_quantity_is_not_passed_over_in_silence() -> None:
    batch = a_batch()
    batch.allocate(a_line("order-1", 10))
    with pytest.raises(LineConflict):
        batch.allocate(a_line("order-1", 20))
    assert batch.allocated_quantity == 10


def test_a_batch_knows_its_lines() -> None:
    batch = a_batch()
    batch.allocate(a_line("order-1"))
    assert a_line("order-1") in batch
    assert a_line("order-2") not in batch
    assert a_line("order-1", qty=11) not in batch


def test_the_line_that_was_promised_last_is_deallocated_first() -> None:
    batch = a_batch()
    for orderid in ["order-2", "order-3", "order-1"]:
        batch.allocate(a_line(orderid))
    taken_off = [batch.deallocate_one().orderid for _ in range(3)]
    assert taken_off == ["order-1", "order-3", "order-2"]
    assert batch.available_quantity == 100


def test_a_deallocated_line_gives_back_its_units_and_is_no_longer_in_the_batch() -> None:
    batch = a_batch(qty=10)
    batch.allocate(a_line(qty=7))
    assert batch.deallocate_one() == a_line(qty=7)
    assert batch.available_quantity == 10
    assert a_line(qty=7) not in batch


def test_without_promises_there_is_nothing_to_deallocate() -> None:
    with pytest.raises(LookupError):
        a_batch().deallocate_one()


def test_a_smaller_quantity_may_leave_a_batch_overpromised_for_a_moment() -> None:
    batch = a_batch(qty=10)
    batch.allocate(a_line(qty=10))
    batch.resize(4)
    assert batch.available_quantity == -6


@pytest.mark.parametrize("qty", [-1, 1.5, None, True])
def test_a_quantity_that_cannot_be_is_refused(qty: int) -> None:
    batch = a_batch(qty=10)
    with pytest.raises(InvalidValue):
        batch.resize(qty)
    assert batch.purchased_quantity == 10


def test_a_batch_on_record_comes_back_as_it_was() -> None:
    batch = Batch.restore("batch-1", SKU, TODAY, initial=10, purchased=8, allocated=5)
    assert (batch.initial_quantity, batch.purchased_quantity) == (10, 8)
    assert (batch.allocated_quantity, batch.available_quantity) == (5, 3)


@pytest.mark.parametrize("name", ["reference", "sku"])
def test_a_name_is_read_only(name: str) -> None:
    for named in [a_batch(), Product(SKU)][: 1 + (name == "sku")]:
        before = getattr(named, name)
        with pytest.raises(AttributeError, match=f"the {name} of a .* never changes"):
            setattr(named, name, "another")
        assert getattr(named, name) == before


def test_an_eta_that_cannot_be_is_refused() -> None:
    batch = a_batch(eta=TODAY)
    with pytest.raises(InvalidValue):
        batch.eta = TODAY.replace(year=1999)
    assert batch.eta == TODAY
