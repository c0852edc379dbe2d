"""A batch alone; with others, see test_allocated_once.py."""

import pydoc

import pytest

from allocation.domain.errors import InvalidValue
from allocation.domain.model import Batch, OrderLine, Product
from tests.support.builders import SKU, TODAY, a_batch, a_line


@pytest.mark.parametrize("line", [a_line("order-2", 3), a_line(sku="TABLE", qty=1)], ids=str)
def test_a_line_without_room_or_of_another_sku_is_refused_and_changes_nothing(
    line: OrderLine,
) -> None:
    batch = a_batch(qty=10)
    batch.allocate(a_line("order-1", 8))
    with pytest.raises(ValueError, match="no room"):
        batch.allocate(line)
    assert (batch.purchased_quantity, batch.available_quantity) == (10, 2)


def test_a_batch_without_a_product_can_be_given_another_eta() -> None:
    batch = a_batch(eta=None)
    batch.eta = TODAY
    assert batch.eta == TODAY


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


@pytest.mark.parametrize("qty", [-1, 1.5, None, True])
def test_a_quantity_that_cannot_be_is_refused(qty: int) -> None:
    batch = a_batch(qty=10)
    with pytest.raises(InvalidValue):
        batch.resize(qty)
    assert batch.purchased_quantity == 10


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


def test_help_describes_the_attributes() -> None:
    helped = pydoc.plain(pydoc.render_doc(Batch)) + pydoc.plain(pydoc.render_doc(Product))
    assert "None if it is in the warehouse" in helped
    assert "attrgetter" not in helped
