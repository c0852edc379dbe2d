"""What units of work do when there are many at once: memory, SQLite and PostgreSQL alike."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged
from allocation.domain.model import OrderLine, Product
from allocation.messaging.errors import Conflict
from allocation.service_layer import handlers
from tests.support.concurrent_clients import concurrently, until_no_conflict
from tests.support.snapshots import chair_seen_by, the_chair
from tests.support.storages import InDatabase, InMemory

UowFactory = Callable[[], StandaloneUnitOfWork]
CALLERS, ORDERS_EACH, STOCK = 8, 15, 100


@pytest.fixture
def optimistic(request: pytest.FixtureRequest) -> UowFactory:
    """Opens units of work that do not wait for each other: not those on SQLite."""
    if request.param == "memory":
        return InMemory().uow
    url = request.getfixturevalue("postgresql_url")
    return InDatabase(url, request.getfixturevalue("open_database")).uow


def stocked(uow: StandaloneUnitOfWork, qty: int) -> None:
    handlers.add_batch(BatchCreated("b1", "CHAIR", qty), uow)


def ordered(uow: StandaloneUnitOfWork, orderid: str) -> object:
    required = AllocationRequired(orderid, "CHAIR", 1)
    return until_no_conflict(lambda: handlers.allocate(required, uow))


def test_nothing_is_oversold_and_nothing_is_lost(uow_factory: UowFactory) -> None:
    stocked(uow_factory(), STOCK)
    units = [uow_factory() for _ in range(CALLERS)]

    def order_many(caller: int) -> list[object]:
        return [ordered(units[caller], f"o{caller}-{n}") for n in range(ORDERS_EACH)]

    batchrefs = Counter(ref for refs in concurrently(CALLERS, order_many) for ref in refs)
    waiting = CALLERS * ORDERS_EACH - STOCK
    assert batchrefs == {"b1": STOCK, None: waiting}
    chair = chair_seen_by(uow_factory())
    assert chair.batches["b1"].allocated == STOCK
    assert len(chair.batches["b1"].losing) == STOCK
    assert len(chair.waiting) == waiting
    assert chair.version == 1 + CALLERS * ORDERS_EACH


def test_a_quantity_that_shrinks_meanwhile_does_not_oversell(uow_factory: UowFactory) -> None:
    stocked(uow_factory(), STOCK)
    units = [uow_factory() for _ in range(CALLERS)]

    def order_or_shrink(caller: int) -> None:
        for n in range(10):
            ordered(units[caller], f"o{caller}-{n}")
            if caller == 0:
                changed = BatchQuantityChanged("b1", STOCK - 10 * n)
                until_no_conflict(partial(handlers.change_batch_quantity, changed, units[0]))

    concurrently(CALLERS, order_or_shrink)
    chair = chair_seen_by(uow_factory())
    batch = chair.batches["b1"]
    assert batch.purchased == 10
    assert batch.allocated == len(batch.losing) <= 10
    assert len(batch.losing) + len(chair.waiting) == CALLERS * 10


def test_a_batch_created_by_many_is_made_once(uow_factory: UowFactory) -> None:
    units = [uow_factory() for _ in range(CALLERS)]
    created = BatchCreated("b1", "CHAIR", 10)
    concurrently(
        CALLERS, lambda n: until_no_conflict(lambda: handlers.add_batch(created, units[n]))
    )
    assert chair_seen_by(uow_factory()).version == 1


@pytest.mark.parametrize("optimistic", ["memory", "postgresql"], indirect=True)
class TestOptimistic:
    """Where units do not wait for each other, the one that commits second is told."""

    @pytest.mark.parametrize(
        "act",
        [
            lambda chair: chair.allocate(OrderLine("o2", "CHAIR", 6)),
            lambda chair: chair.change_batch_quantity("b1", 1),
        ],
        ids=["allocation", "quantity change"],
    )
    def test_an_allocation_conflicts_with_another_one_or_with_a_quantity_change(
        self, optimistic: UowFactory, act: Callable[[Product], object]
    ) -> None:
        stocked(optimistic(), 10)
        first, second = optimistic(), optimistic()
        with pytest.raises(Conflict), first, second:
            the_chair(first).allocate(OrderLine("o1", "CHAIR", 6))
            act(the_chair(second))
            second.commit()
            first.commit()
        assert "o1" not in dict(chair_seen_by(optimistic()).batches["b1"].losing)
        assert list(first.collect_new_events()) == []

    def test_a_unit_that_only_reads_does_not_conflict(self, optimistic: UowFactory) -> None:
        stocked(optimistic(), 10)
        first, second = optimistic(), optimistic()
        with first, second:
            the_chair(first)
            the_chair(second).allocate(OrderLine("o2", "CHAIR", 6))
            second.commit()
            first.commit()

    def test_two_new_products_of_one_sku_conflict(self, optimistic: UowFactory) -> None:
        first, second = optimistic(), optimistic()
        with pytest.raises(Conflict), first, second:
            for uow in (first, second):
                assert uow.products.get("CHAIR") is None
                uow.products.add(Product("CHAIR"))
            first.commit()
            second.commit()
