"""The handlers, where the chapter's own tests do not reach."""

import pytest

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryUnitOfWork
from allocation.domain.errors import BatchConflict, Refusal
from allocation.domain.events import AllocationRequired
from allocation.messaging.errors import HandlerFailed
from allocation.service_layer import handlers, messagebus
from allocation.service_layer.unit_of_work import AbstractUnitOfWork
from tests.support.builders import SKU, a_batch_created, an_allocation, given
from tests.support.clock import VirtualClock
from tests.support.processors import a_processor
from tests.support.registries import handled_by
from tests.support.shop import a_shop, product_in
from tests.support.storages import memory_store


def test_a_reference_belongs_to_one_sku() -> None:
    uow = MemoryUnitOfWork()
    given(uow, a_batch_created("batch-1"))
    with pytest.raises(BatchConflict) as conflict:
        messagebus.handle(a_batch_created("batch-1", sku="TABLE"), uow)
    assert (conflict.value.field, conflict.value.known, conflict.value.asked) == (
        "sku",
        SKU,
        "TABLE",
    )
    with uow:
        assert uow.products.get("TABLE") is None


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
    assert product.lines.find("order-1") is None
    assert [batch.allocated_quantity for batch in product.batches] == [0, 0]
