"""A batch without room is there whenever it is asked for: memory, SQLite and PostgreSQL alike."""

from collections.abc import Callable

import pytest

from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.domain.errors import BatchConflict
from allocation.domain.events import (
    Allocated,
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    Event,
)
from allocation.messaging.ports import Store
from tests.support.groups import accepted, chair_in, discarded

UowFactory = Callable[[], StandaloneUnitOfWork]

A = BatchCreated("a", "CHAIR", 10)
A_LINE = AllocationRequired("new", "CHAIR", 5)


def handled(store: Store, *messages: Event) -> list[object]:
    """Handle messages in a group that is committed; what was raised."""
    with store.begin() as transaction:
        transaction.prefetch(messages)
        raised = [event for message in messages for event in accepted(transaction, message)]
        transaction.commit()
    return raised


@pytest.fixture
def sold_out(store: Store) -> Store:
    """Ten chairs of a and ten of c are promised; b has room for one more."""
    handled(store, A, AllocationRequired("of-a", "CHAIR", 10))
    handled(store, BatchCreated("c", "CHAIR", 10), AllocationRequired("of-c", "CHAIR", 10))
    handled(store, BatchCreated("b", "CHAIR", 11), AllocationRequired("of-b", "CHAIR", 10))
    return store


@pytest.mark.usefixtures("sold_out")
def test_exhausted_batches_are_listed_with_the_open_ones(uow_factory: UowFactory) -> None:
    with uow_factory() as uow:
        product = uow.products.get_by_batchref("a")
        assert product is not None
        rooms = {batch.reference: batch.available_quantity for batch in product.batches}
    assert rooms == {"a": 0, "b": 1, "c": 0}


def test_exhausted_batches_are_listed_in_a_later_group(sold_out: Store) -> None:
    with sold_out.begin() as transaction:
        chair = chair_in(transaction)
    assert set(chair.batches) == {"a", "b", "c"}


def test_an_exhausted_batch_that_is_announced_again_changes_nothing(sold_out: Store) -> None:
    assert handled(sold_out, A) == []
    assert handled(sold_out, A_LINE) != [Allocated("new", "CHAIR", 5, "a")]


@pytest.mark.parametrize(("sku", "qty"), [("CHAIR", 11), ("TABLE", 10)])
def test_an_exhausted_batch_is_not_announced_with_other_facts_or_of_another_product(
    sold_out: Store, sku: str, qty: int
) -> None:
    with pytest.raises(BatchConflict):
        handled(sold_out, BatchCreated("a", sku, qty))


def test_an_exhausted_batch_that_grows_has_room_from_then_on(sold_out: Store) -> None:
    handled(sold_out, BatchQuantityChanged("a", 15))
    assert handled(sold_out, A_LINE) == [Allocated("new", "CHAIR", 5, "a")]


def test_a_batch_that_grows_in_a_unit_that_is_discarded_stays_exhausted(sold_out: Store) -> None:
    grows = BatchQuantityChanged("a", 15)
    with sold_out.begin() as transaction:
        transaction.prefetch([grows, A_LINE])
        discarded(transaction, grows)
        raised = accepted(transaction, A_LINE)
        assert not any(isinstance(event, Allocated) for event in raised)
        accepted(transaction, grows)
        assert Allocated("new", "CHAIR", 5, "a") in accepted(transaction, A_LINE)


def test_a_batch_that_is_exhausted_in_a_group_is_found_in_the_same_group(sold_out: Store) -> None:
    messages = (
        BatchCreated("d", "CHAIR", 5),
        A_LINE,
        BatchQuantityChanged("d", 7),
        AllocationRequired("newer", "CHAIR", 2),
        BatchCreated("d", "CHAIR", 5),
    )
    raised = handled(sold_out, *messages)
    assert Allocated("new", "CHAIR", 5, "d") in raised
    assert Allocated("newer", "CHAIR", 2, "d") in raised
