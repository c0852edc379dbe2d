"""A transaction inside a transaction would wait for it: whoever asks for one is told at once."""

from collections.abc import Callable

import pytest

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.unit_of_work import SqlAlchemyUnitOfWork
from allocation.domain.errors import Refusal
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged
from allocation.messaging.errors import HandlerFailed, LostChange, NestedTransaction
from allocation.messaging.outbox import OutboxRelay
from allocation.messaging.ports import Store
from allocation.messaging.processor import Processor
from allocation.messaging.sync_bridge import await_
from allocation.service_layer import handlers
from allocation.service_layer.messagebus import REGISTRY
from allocation.service_layer.unit_of_work import AbstractUnitOfWork
from tests.support.builders import a_batch_created, an_allocation
from tests.support.clock import Ids, VirtualClock
from tests.support.processors import AT_ONCE, a_processor
from tests.support.registries import handled_by
from tests.support.stock_harness import KEEP, StockHarness
from tests.support.toy_domain import Note
from tests.support.workers import WorkerHarness

Act = Callable[[], object]


def doing(store: Store, act: Act) -> Processor:
    """A processor whose handler of new lines does something else besides."""

    def allocate(event: AllocationRequired, uow: AbstractUnitOfWork) -> object:
        act()
        return handlers.allocate(event, uow)

    registry, ids = handled_by(REGISTRY, AllocationRequired, allocate), Ids()
    return a_processor(store, registry, Refusal, clock=VirtualClock(), new_id=ids)


def assert_it_is_told(processor: Processor) -> None:
    """The message fails, at once, and nothing of it is kept; what comes after it is handled."""
    first, second, third = processor.process(
        processor.envelope(message, id)
        for message, id in [
            (a_batch_created("b1"), "m1"),
            (an_allocation("o1"), "m2"),
            (a_batch_created("b2"), "m3"),
        ]
    )
    assert (first.result, third.result) == ("b1", "b2")
    assert isinstance(second.error, HandlerFailed)
    assert isinstance(second.error.__cause__, NestedTransaction)


def test_a_store_opens_no_transaction_inside_another(store: Store) -> None:
    with store.begin() as transaction:
        with pytest.raises(NestedTransaction), store.begin():
            pass
        transaction.commit()
    with store.begin():
        pass


def test_a_handler_that_changes_a_product_without_a_new_version_is_a_fault(store: Store) -> None:
    def correct(event: BatchQuantityChanged, uow: AbstractUnitOfWork) -> None:
        with uow:
            product = uow.products.get_by_batchref(event.ref)
            assert product is not None
            product.batches[0].resize(event.qty)
            uow.commit()

    registry = handled_by(REGISTRY, BatchQuantityChanged, correct)
    processor = a_processor(store, registry, Refusal, clock=VirtualClock())
    sent = [a_batch_created("b1", 10), BatchQuantityChanged("b1", 99), an_allocation("o1", 11)]

    first, second, third = processor.process(processor.envelope(message) for message in sent)

    assert (first.result, third.result) == ("b1", None)
    assert isinstance(second.error, HandlerFailed)
    assert isinstance(second.error.__cause__, LostChange)


def test_a_handler_that_handles_a_message_itself_is_refused(store: Store) -> None:
    processor = doing(store, lambda: other.process([other.envelope(a_batch_created("b9"))]))
    other = doing(store, lambda: None)
    assert_it_is_told(processor)
    assert "b9" not in str(processor.process([processor.envelope(an_allocation("o2"))]))


ACTS: dict[str, Callable[[StockHarness], object]] = {
    "replays": lambda harness: harness.dead_letters.replay("m1"),
    "replays all": lambda harness: list(harness.dead_letters.replay_all()),
    "prunes": lambda harness: list(harness.retention.prune(KEEP)),
    "delivers": lambda harness: OutboxRelay(
        harness.store, [], clock=harness.clock, retries=AT_ONCE
    ).run(),
    "works alone": lambda harness: handlers.add_batch(
        BatchCreated("b9", "SOFA", 1), SqlAlchemyUnitOfWork(harness.database)
    ),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_handler_that_opens_a_transaction_is_refused(
    database: Database, act: Callable[[StockHarness], object]
) -> None:
    harness = StockHarness(database)
    # So that there is something old to be looked at.
    harness.repeatable(a_batch_created("day-0", sku="DAILY"), "day-0")
    harness.life_goes_on()
    assert_it_is_told(doing(harness.store, lambda: act(harness)))


def test_a_unit_of_work_inside_a_unit_of_work_is_refused(database: Database) -> None:
    harness = StockHarness(database)
    with (
        SqlAlchemyUnitOfWork(database) as uow,
        pytest.raises(NestedTransaction),
    ):
        assert uow.products.get("SOFA") is None
        harness.handle(a_batch_created("b1"))
    assert harness.handle(a_batch_created("b1"))[0].result == "b1"


def test_looking_is_no_writing(database: Database) -> None:
    harness = StockHarness(database)
    processor = doing(harness.store, lambda: harness.rows("SELECT 1"))
    processor.process([processor.envelope(a_batch_created("b1"))])
    [answer] = processor.process([processor.envelope(an_allocation("o1"))])
    assert answer.result == "b1"


async def test_a_handler_that_waits_for_its_own_worker_is_refused() -> None:
    harness = WorkerHarness()
    async with harness.working() as worker:

        def send_request() -> None:
            harness.store.begun = lambda: None
            for asked in (
                worker.submit(Note("inner")),
                worker.submit_all([(Note("inner"), None)]),
                worker.do(lambda: None),
            ):
                with pytest.raises(NestedTransaction):
                    await_(asked)

        harness.store.begun = send_request
        answer = await worker.submit(Note("outer"))
        assert answer.result == "wrote outer"
        assert await worker.do(lambda: "later") == "later"
    assert harness.store.lines == ["outer"]
