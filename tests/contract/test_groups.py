"""What the units of one group see of each other: memory, SQLite and PostgreSQL alike."""

import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from allocation.adapters.memory.store import MemoryUnitOfWork
from allocation.adapters.unit_of_work import StandaloneUnitOfWork
from allocation.domain.errors import Refusal, UnknownBatch
from allocation.domain.events import (
    Allocated,
    AllocationRequired,
    BatchCreated,
    BatchQuantityChanged,
    Event,
    OutOfStock,
)
from allocation.domain.model import Batch, OrderLine
from allocation.messaging.bus import MessageBus
from allocation.messaging.ports import Store
from allocation.service_layer.messagebus import REGISTRY
from tests.support.groups import NOW, accepted, an_entry, chair_in, discarded, seen_in, unit_of
from tests.support.snapshots import BatchSnapshot, chair_seen_by, seen_by, the_chair

UowFactory = Callable[[], StandaloneUnitOfWork]


def created(ref: str, qty: int, sku: str = "CHAIR") -> BatchCreated:
    return BatchCreated(ref, sku, qty)


def ordered(orderid: str, qty: int, sku: str = "CHAIR") -> AllocationRequired:
    return AllocationRequired(orderid, sku, qty)


HISTORY: list[Event] = [
    created("b1", 10),
    ordered("o1", 2),
    ordered("o2", 3),
    ordered("o3", 8),
    ordered("o4", 9),
    ordered("o5", 4),
]


@pytest.fixture
def recorded(store: Store) -> Store:
    """A store with some history."""
    with store.begin() as transaction:
        for message in HISTORY:
            accepted(transaction, message)
        transaction.commit()
    return store


def test_a_unit_sees_the_changes_of_earlier_units_which_are_read_back(
    store: Store, uow_factory: UowFactory
) -> None:
    with store.begin() as transaction:
        for message in HISTORY:
            accepted(transaction, message)
        chair = chair_in(transaction)
        transaction.commit()
    assert chair.batches == {
        "b1": BatchSnapshot(10, 10, 9, None, (("o5", 4), ("o2", 3), ("o1", 2)))
    }
    assert chair.waiting == (("o3", 8), ("o4", 9))
    assert chair.version == len(HISTORY)
    assert seen_by(uow_factory(), "CHAIR") == chair


@pytest.mark.parametrize(
    "message",
    [
        created("b9", 50),
        ordered("o9", 1),
        ordered("o9", 7),
        BatchQuantityChanged("b1", 0),
        BatchQuantityChanged("b1", 4),
        BatchQuantityChanged("b1", 99),
    ],
    ids=str,
)
class TestDiscarded:
    """A discarded unit leaves no trace, on record or in the group."""

    @pytest.mark.parametrize("accepted_before", [False, True])
    def test_is_of_the_stored_state_and_of_earlier_units_alike(
        self, recorded: Store, uow_factory: UowFactory, message: Event, accepted_before: bool
    ) -> None:
        earlier = [BatchQuantityChanged("b1", 5), created("b2", 8), ordered("o3", 8)]
        with recorded.begin() as transaction:
            for event in earlier if accepted_before else ():
                accepted(transaction, event)
            before = chair_in(transaction)
            assert discarded(transaction, message) == [], "nothing is raised"
            assert chair_in(transaction) == before
            accepted(transaction, ordered("o2", 3))
            after = chair_in(transaction)
            transaction.commit()
        assert ("b2" in before.batches) == accepted_before
        assert seen_by(uow_factory(), "CHAIR") == after


def test_a_discarded_product_is_unknown(store: Store) -> None:
    with store.begin() as transaction:
        discarded(transaction, created("b1", 10))
        assert seen_in(transaction, "CHAIR") is None
        with pytest.raises(UnknownBatch):
            discarded(transaction, BatchQuantityChanged("b1", 5))


def test_a_unit_that_does_not_commit_leaves_nothing(recorded: Store) -> None:
    with recorded.begin() as transaction:
        before = chair_in(transaction)
        unit = unit_of(transaction)
        with unit:
            the_chair(unit).allocate(OrderLine("o9", "CHAIR", 1))
        unit.release()
        assert list(unit.collect_new_events()) == []
        assert unit.raised == []
        assert chair_in(transaction) == before


@pytest.mark.parametrize(
    ("message", "changes"),
    [
        (created("b1", 10), False),
        (created("b2", 10), True),
        (ordered("o1", 2), False),
        (ordered("o4", 9), False),
        (ordered("o6", 1), True),
        (ordered("o7", 9), True),
        (BatchQuantityChanged("b1", 10), False),
        (BatchQuantityChanged("b1", 11), True),
    ],
)
def test_a_released_unit_reports_whether_it_changed_anything(
    recorded: Store, message: Event, changes: bool
) -> None:
    with recorded.begin() as transaction:
        unit = unit_of(transaction)
        MessageBus(REGISTRY.transactional).handle(message, unit)

        assert unit.release() is changes


def test_changes_and_events_after_the_commit_of_a_unit_are_dropped(
    store: Store, uow_factory: UowFactory
) -> None:
    with store.begin() as transaction:
        accepted(transaction, created("b1", 10))
        unit = unit_of(transaction)
        with unit:
            the_chair(unit).allocate(OrderLine("o1", "CHAIR", 1))
            unit.commit()
            the_chair(unit).allocate(OrderLine("o2", "CHAIR", 1))
        assert list(unit.collect_new_events()) == []
        unit.release()
        assert unit.raised == [Allocated("o1", "CHAIR", 1, "b1")]
        accepted(transaction, ordered("o3", 1))
        transaction.commit()
    assert chair_seen_by(uow_factory()).batches["b1"].losing == (("o3", 1), ("o1", 1))


def test_a_unit_of_two_products_is_dropped_whole(recorded: Store) -> None:
    with recorded.begin() as transaction:
        accepted(transaction, created("t1", 5, "TABLE"))
        before = chair_in(transaction), seen_in(transaction, "TABLE")
        unit = unit_of(transaction)
        with unit:
            for sku in ("CHAIR", "TABLE"):
                product = unit.products.get(sku)
                assert product is not None
                product.add_batch(Batch(f"new-{sku}", sku, 5))
            unit.commit()
        unit.undo()
        assert (chair_in(transaction), seen_in(transaction, "TABLE")) == before


def some_message(dice: random.Random) -> Event:
    sku = dice.choice(("CHAIR", "TABLE"))
    ref = f"{sku}-{dice.randrange(4)}"
    what = dice.randrange(6)
    if what == 0:
        return created(ref, 10, sku)
    if what == 1:
        return BatchQuantityChanged(ref, dice.randrange(15))
    return ordered(f"o{dice.randrange(30)}", dice.randint(1, 4), sku)


@pytest.mark.parametrize("seed", range(5))
def test_groups_and_standalone_units_leave_the_same_state(
    store: Store, uow_factory: UowFactory, seed: int
) -> None:
    """However messages are grouped, and whatever is dropped in between."""
    dice = random.Random(seed)
    alone, bus = (
        MemoryUnitOfWork(),
        MessageBus({**REGISTRY.transactional, Allocated: [], OutOfStock: []}),
    )
    for _ in range(12):
        with store.begin() as transaction:
            messages = [some_message(dice) for _ in range(dice.randint(1, 12))]
            transaction.prefetch(dice.sample(messages, dice.randint(0, len(messages))))
            for message in messages:
                with suppress(Refusal):
                    if dice.random() < 0.3:
                        discarded(transaction, message)
                        continue
                    queue: list[object] = [message]
                    while queue:
                        queue += [
                            m
                            for m in accepted(transaction, queue.pop(0))
                            if isinstance(m, AllocationRequired)
                        ]
                    bus.handle(message, alone)
            transaction.commit()
        for sku in ("CHAIR", "TABLE"):
            assert seen_by(uow_factory(), sku) == seen_by(alone, sku)


def test_messages_of_one_product_share_an_ordering_key(recorded: Store) -> None:
    asked: list[tuple[Event, set[str]]] = [
        (ordered("o9", 1), {"sku CHAIR"}),
        (ordered("o9", 1, "LAMP"), {"sku LAMP"}),
        (created("b9", 1, "LAMP"), {"sku LAMP", "batch b9"}),
        (BatchQuantityChanged("b1", 4), {"sku CHAIR", "batch b1"}),
        (BatchQuantityChanged("nowhere", 4), {"batch nowhere"}),
    ]
    with recorded.begin() as transaction:
        transaction.prefetch([message for message, _ in asked])
        assert [transaction.ordering_keys(message) for message, _ in asked] == [
            names for _, names in asked
        ]


def test_the_follow_up_of_a_batch_has_the_key_of_its_product(recorded: Store) -> None:
    change = BatchQuantityChanged("b1", 5)
    with recorded.begin() as transaction:
        transaction.prefetch([change])
        transaction.write(an_entry(change, "m1"))
        transaction.commit()
    with recorded.begin() as transaction:
        assert transaction.blocked({"sku CHAIR"}, NOW) == {"sku CHAIR"}
