"""Products decide by the policies that their store was given, wherever they are stored."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryStore, MemoryUnitOfWork
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.bootstrap import bootstrap
from allocation.config import Settings
from allocation.domain.events import Allocated, AllocationRequired, Event
from allocation.domain.model import Product
from allocation.domain.order_line import Part
from allocation.domain.policies import BatchFacts, Policies
from allocation.domain.portions import PORTION
from allocation.service_layer import messagebus
from tests.support.builders import (
    SKU,
    TODAY,
    a_batch_created,
    a_new_quantity,
    an_allocation,
    batchref_of,
    queue_of,
)
from tests.support.clock import Ids
from tests.support.processors import a_stock_processor
from tests.support.storages import OpenDatabase

LARGE, MEDIUM, SMALL = (an_allocation(name, qty) for name, qty in (("l", 5), ("m", 3), ("s", 2)))


def last_name_first(batch: BatchFacts) -> int:
    return -ord(batch.reference)


def largest_first(part: Part) -> int:
    return -part.qty


POLICIES = Policies(prefer=last_name_first, release=largest_first, fill=largest_first)


class Place:
    """Stock, by other policies than the standard ones."""

    def __init__(
        self, handle: Callable[[Sequence[Event]], object], uow: StandaloneUnitOfWork
    ) -> None:
        self._handle = handle
        self._uow = uow

    def handle(self, *events: Event) -> None:
        """Handle events as a process does that has just started."""
        self._handle(events)

    def batchrefs(self, *orderids: str) -> list[str | None]:
        with self._product() as product:
            return [batchref_of(product, orderid) for orderid in orderids]

    def queue(self) -> list[str]:
        with self._product() as product:
            return queue_of(product)

    @contextmanager
    def _product(self) -> Iterator[Product]:
        with self._uow as uow:
            product = uow.products.get(SKU)
            assert product is not None
            yield product


def in_memory(*, by_processor: bool) -> Place:
    memory = Memory()
    uow, ids = MemoryUnitOfWork(memory, POLICIES), Ids()

    def handle(events: Sequence[Event]) -> object:
        if not by_processor:
            return [messagebus.handle(event, uow) for event in events]
        store = MemoryStore(messagebus.REGISTRY, memory, POLICIES)
        processor = a_stock_processor(store, ids=ids)
        return processor.process(processor.envelopes(events))

    return Place(handle, uow)


def in_database(url: str, open_database: OpenDatabase, *, by_processor: bool) -> Place:
    uow = SqlAlchemyUnitOfWork(open_database(url), POLICIES)

    def handle(events: Sequence[Event]) -> object:
        if not by_processor:
            return [messagebus.handle(event, uow) for event in events]
        with closing(bootstrap(Settings(url), policies=POLICIES)) as application:
            return application.handle_all(events)

    return Place(handle, uow)


@pytest.fixture(params=["processor", "unit of work"])
def by_processor(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "processor")


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, by_processor: bool, open_database: OpenDatabase) -> Place:
    if request.param == "memory":
        return in_memory(by_processor=by_processor)
    url = request.getfixturevalue(f"{request.param}_url")
    return in_database(url, open_database, by_processor=by_processor)


def test_a_new_product_and_a_stored_one_prefer_batches_by_the_policy(place: Place) -> None:
    place.handle(a_batch_created("a", 9), a_batch_created("b", 9), LARGE)
    place.handle(SMALL, MEDIUM)
    assert place.batchrefs("l", "s", "m") == ["b", "b", "a"]


def test_a_stored_product_releases_lines_by_the_policy(place: Place) -> None:
    place.handle(a_batch_created("a", 10), LARGE, MEDIUM)
    place.handle(SMALL, a_new_quantity(9, "a"))
    assert place.batchrefs("l", "m", "s") == [None, "a", "a"]
    place.handle(a_new_quantity(4, "a"))
    assert place.batchrefs("l", "m", "s") == [None, None, "a"]


def test_a_stored_product_fills_room_by_the_policy(place: Place) -> None:
    place.handle(a_batch_created("a", 1), SMALL, MEDIUM)
    place.handle(LARGE, a_batch_created("b", 8))
    assert place.batchrefs("s", "m", "l") == [None, "b", "b"]


def test_a_stored_product_moves_more_lines_than_a_portion_by_the_policy(place: Place) -> None:
    lines = [an_allocation(f"{n}", 1 + n % 2) for n in range(2 * PORTION + 20)]
    ones, twos = [line.orderid for line in lines[::2]], [line.orderid for line in lines[1::2]]
    place.handle(a_batch_created("a", 1_000), *lines)
    place.handle(a_new_quantity(len(ones) - 10, "a"))
    assert place.queue() == [*twos, *ones[-10:]]
    place.handle(a_batch_created("b", 2 * len(twos) - 10))
    assert place.queue() == [*twos[-5:], *ones[-10:]]


def test_a_line_that_does_not_say_so_is_split_if_the_policies_do(tmp_path: Path) -> None:
    settings = replace(Settings(f"sqlite:///{tmp_path}/a.db"), split_lines=True)
    with closing(bootstrap(settings)) as shop:
        shop.handle_all([a_batch_created("b1", 10), a_batch_created("b2", 5)])
        shop.handle_all([a_batch_created("b3", 15, date(2099, 1, 1))])
        silent, whole = AllocationRequired("o1", SKU, 13), AllocationRequired("o2", SKU, 11)
        assert shop.views.availability.of(SKU, TODAY, 13) == shop.views.availability.of(
            SKU, TODAY, 13, split=True
        )
        [answer] = shop.dry_run([silent])
        assert [type(fact) for fact in answer.facts] == [Allocated, Allocated]
        shop.handle_all([silent, replace(whole, split=False)])
        placed = [(line.batchref, line.qty) for line in shop.views.order("o1")]
        assert placed == [("b1", 10), ("b2", 3)]
        assert [(line.batchref, line.qty) for line in shop.views.order("o2")] == [("b3", 11)]
