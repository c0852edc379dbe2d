"""The handlers, where the chapter's own tests do not reach."""

from datetime import date

import pytest

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryUnitOfWork
from allocation.domain.errors import InvalidSku, Refusal, UnknownBatch
from allocation.domain.events import AllocationRequired, Event, FillContinued, ReleaseContinued
from allocation.messaging.errors import HandlerFailed
from allocation.service_layer import handlers, messagebus
from allocation.service_layer.unit_of_work import AbstractUnitOfWork
from tests.support.builders import a_batch_created, an_allocation
from tests.support.clock import VirtualClock
from tests.support.processors import a_processor
from tests.support.registries import handled_by
from tests.support.shop import a_shop, product_in
from tests.support.storages import memory_store
from tests.unit.chapter.test_handlers import FakeUnitOfWork


def test_what_a_handler_has_committed_goes_when_the_next_handler_of_its_message_breaks() -> None:
    def break_down(event: AllocationRequired, uow: AbstractUnitOfWork) -> None:
        raise RuntimeError(event.orderid)

    memory: Memory = a_shop(a_batch_created(qty=20))
    registry = handled_by(messagebus.REGISTRY, AllocationRequired, handlers.allocate, break_down)
    processor = a_processor(memory_store(memory), registry, Refusal, clock=VirtualClock())
    messages = [an_allocation("order-1"), a_batch_created("batch-2")]
    failed, other = processor.process(map(processor.envelope, messages))
    assert isinstance(failed.error, HandlerFailed)
    assert other.result == "batch-2"
    product = product_in(memory)
    assert not product.lines.find("order-1")
    assert [batch.allocated_quantity for batch in product.batches] == [0, 0]


def test_nothing_is_overdue_for_a_unit_of_work_without_a_clock() -> None:
    uow: AbstractUnitOfWork = FakeUnitOfWork()  # type: ignore[no-untyped-call]  # as printed
    assert uow.today == date.min


@pytest.mark.parametrize(
    ("continuation", "refusal"),
    [(ReleaseContinued("no-such", 5), UnknownBatch), (FillContinued("no-such", 1), InvalidSku)],
)
def test_a_continuation_for_an_unknown_batch_or_sku_is_refused(
    continuation: Event, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        messagebus.handle(continuation, MemoryUnitOfWork())
