"""The contract of units of work, in memory, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest

from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.domain.events import (
    Allocated,
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    Event,
    OutOfStock,
)
from allocation.domain.model import Batch, OrderLine, Product
from allocation.messaging.errors import LostChange
from allocation.service_layer import handlers
from tests.support.snapshots import BatchSnapshot, Snapshot, chair_seen_by, seen_by, the_chair

UowFactory = Callable[[], StandaloneUnitOfWork]
TOMORROW = date(2030, 1, 2)


class Broken(Exception):
    """What a handler must not raise."""


@pytest.fixture
def uow(uow_factory: UowFactory) -> StandaloneUnitOfWork:
    return uow_factory()


def stocked(uow: StandaloneUnitOfWork, **quantities: int) -> None:
    for ref, qty in quantities.items():
        handlers.add_batch(BatchCreated(ref, "CHAIR", qty), uow)


def ordered(uow: StandaloneUnitOfWork, **quantities: int) -> None:
    for orderid, qty in quantities.items():
        handlers.allocate(AllocationRequired(orderid, "CHAIR", qty), uow)


def test_a_committed_change_is_read_back(
    uow_factory: UowFactory, uow: StandaloneUnitOfWork
) -> None:
    handlers.add_batch(BatchCreated("b1", "CHAIR", 10, TOMORROW), uow)
    ordered(uow, o1=3, o2=4, o3=9)
    handlers.change_batch_quantity(BatchQuantityChanged("b1", 9), uow)
    assert seen_by(uow_factory(), "CHAIR") == Snapshot(
        "CHAIR",
        version=5,
        last_number=3,
        out_of_stock=True,
        batches={"b1": BatchSnapshot(10, 9, 7, TOMORROW, (("o2", 4), ("o1", 3)))},
        waiting=(("o3", 9),),
    )


def test_order_outlives_a_page_of_the_record(
    uow_factory: UowFactory, uow: StandaloneUnitOfWork
) -> None:
    """More lines than are read at once, both promised and waiting."""
    numbers = range(100)
    with uow:
        product = Product("CHAIR")
        uow.products.add(product)
        product.add_batch(Batch("b1", "CHAIR", 100))
        for n in numbers:
            product.allocate(OrderLine(f"promised-{n * 37 % 100}", "CHAIR", 1))
        for n in numbers:
            product.allocate(OrderLine(f"waiting-{n * 37 % 100}", "CHAIR", 1 + n % 3))
        uow.commit()
    chair = chair_seen_by(uow_factory())
    losing = [orderid for orderid, _ in chair.batches["b1"].losing]
    assert losing == [f"promised-{n * 37 % 100}" for n in reversed(numbers)]
    assert [o for o, _ in chair.waiting] == [f"waiting-{n * 37 % 100}" for n in numbers]


def leave(uow: StandaloneUnitOfWork) -> None:
    """Leave without a commit."""


def roll_back(uow: StandaloneUnitOfWork) -> None:
    uow.rollback()


def fail(uow: StandaloneUnitOfWork) -> None:
    raise Broken


@pytest.mark.parametrize("end", [leave, roll_back, fail])
def test_uncommitted_changes_and_events_are_dropped(
    uow_factory: UowFactory, uow: StandaloneUnitOfWork, end: Callable[[StandaloneUnitOfWork], None]
) -> None:
    stocked(uow, b1=10)
    before = chair_seen_by(uow_factory())
    with suppress(Broken), uow:
        the_chair(uow).allocate(OrderLine("o1", "CHAIR", 3))
        uow.products.add(Product("TABLE"))
        end(uow)
    assert chair_seen_by(uow_factory()) == before
    assert seen_by(uow_factory(), "TABLE") is None
    assert list(uow.collect_new_events()) == []
    ordered(uow, o2=4)
    assert chair_seen_by(uow).batches["b1"].losing == (("o2", 4),), "it can be used again"


def test_events_are_heard_once_and_in_order(uow: StandaloneUnitOfWork) -> None:
    with uow:
        for sku in ("TABLE", "CHAIR", "LAMP"):
            product = Product(sku)
            uow.products.add(product)
            product.add_batch(Batch(f"of-{sku}", sku, 1))
            product.allocate(OrderLine("o1", sku, 1))
            product.allocate(OrderLine("o2", sku, 1))
        uow.commit()
    expected: list[Event] = []
    for sku in ("TABLE", "CHAIR", "LAMP"):
        expected += [Allocated("o1", sku, 1, f"of-{sku}"), OutOfStock(sku)]
    assert list(uow.collect_new_events()) == expected
    assert list(uow.collect_new_events()) == []


def test_a_change_without_a_new_version_is_a_fault_and_not_stored(
    uow_factory: UowFactory, uow: StandaloneUnitOfWork
) -> None:
    stocked(uow, b1=10)
    before = chair_seen_by(uow_factory())
    for change in (lambda b: b.resize(9), lambda b: setattr(b, "initial_quantity", 9)):
        with pytest.raises(LostChange, match="<Product CHAIR> has changed"), uow:
            change(the_chair(uow).batches[0])
            uow.commit()
        assert chair_seen_by(uow_factory()) == before


def test_a_lookup_after_the_commit_finds_a_batch_committed_meanwhile(
    uow: StandaloneUnitOfWork,
) -> None:
    with uow:
        assert uow.products.get_by_batchref("b1") is None
        uow.products.add(Product("CHAIR", [Batch("b1", "CHAIR", 10)], 1))
        uow.commit()
        assert uow.products.get_by_batchref("b1") is uow.products.get("CHAIR") is not None


def test_two_commits_are_read_back_and_later_changes_and_events_are_dropped(
    uow_factory: UowFactory, uow: StandaloneUnitOfWork
) -> None:
    stocked(uow, b1=10)
    with uow:
        product = the_chair(uow)
        for orderid in ("o1", "o2"):
            product.allocate(OrderLine(orderid, "CHAIR", 3))
            uow.commit()
        product.allocate(OrderLine("o3", "CHAIR", 4))
    assert chair_seen_by(uow_factory()).batches["b1"].losing == (("o2", 3), ("o1", 3))
    events = [Allocated(orderid, "CHAIR", 3, "b1") for orderid in ("o1", "o2")]
    assert list(uow.collect_new_events()) == events
