"""The flaws of the chapter's code, one to eight, each shown not to be ours (design.md).

What needs a real database or several processes is shown again in tests/integration and
tests/chaos; this is what can be shown in memory.
"""

import pytest

from allocation.adapters.memory.store import MemoryUnitOfWork
from allocation.domain.errors import InvalidValue, UnknownBatch
from allocation.domain.model import Batch, OrderLine, Product
from allocation.domain.order_line import Allocation
from allocation.domain.order_lines import OrderLines
from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.service_layer import messagebus
from tests.support.builders import (
    SKU,
    TODAY,
    a_batch_created,
    a_line,
    a_new_quantity,
    an_allocation,
    given,
    queue_of,
)
from tests.support.failing_store import FailingStore
from tests.support.processors import a_stock_processor
from tests.support.recorded_lines import RecordedLines
from tests.support.shop import a_shop, batchrefs, product_in

TWO_BATCHES = (a_batch_created("batch-1", 50), a_batch_created("batch-2", 50, TODAY))


class TestFlaw01:
    def test_flaw_01_a_commit_that_fails_halfway_through_a_reallocation_loses_no_line(self) -> None:
        memory = a_shop(*TWO_BATCHES, an_allocation("order-1", 20), an_allocation("order-2", 20))
        store = FailingStore(memory)
        processor = a_stock_processor(store)
        shrink = processor.envelope(a_new_quantity(25, "batch-1"), "sender-1")
        store.fails = True

        [failed] = processor.process([shrink])
        assert isinstance(failed.error, StoreUnavailable)
        assert batchrefs(memory, "order-1", "order-2") == ["batch-1", "batch-1"]
        assert product_in(memory).batches[0].purchased_quantity == 50

        store.fails = False
        [sent_again] = processor.process([shrink])
        assert sent_again.result == ["order-2"]
        assert batchrefs(memory, "order-1", "order-2") == ["batch-1", "batch-2"]

    def test_flaw_01_a_process_that_dies_between_the_two_transactions_loses_no_line(self) -> None:
        memory = a_shop(*TWO_BATCHES, an_allocation("order-1", 20), an_allocation("order-2", 20))
        store = FailingStore(memory)
        processor = a_stock_processor(store, max_group_size=1)
        shrink = processor.envelope(a_new_quantity(25, "batch-1"))
        next(processor.work([shrink]))  # and here it is killed
        assert queue_of(product_in(memory)) == ["order-2"]

        a_stock_processor(store).recover()
        assert batchrefs(memory, "order-1", "order-2") == ["batch-1", "batch-2"]


class TestFlaw02:
    def test_flaw_02_a_quantity_change_raises_the_version(self) -> None:
        memory = a_shop(a_batch_created(qty=20))
        before = product_in(memory).version_number
        given(MemoryUnitOfWork(memory), a_new_quantity(10))
        assert product_in(memory).version_number > before

    def test_flaw_02_a_concurrent_allocation_meets_a_conflict_and_does_not_oversell(self) -> None:
        memory = a_shop(a_batch_created(qty=20))
        slow = MemoryUnitOfWork(memory)
        with slow:
            product = slow.products.get(SKU)
            assert product is not None
            assert product.allocate(a_line(qty=20)) == "batch-1"
            given(MemoryUnitOfWork(memory), a_new_quantity(10))
            with pytest.raises(Conflict):
                slow.commit()
        [batch] = product_in(memory).batches
        assert (batch.purchased_quantity, batch.allocated_quantity) == (10, 0)


def test_flaw_03_the_same_line_sent_twice_is_allocated_once() -> None:
    memory = a_shop(*TWO_BATCHES, an_allocation("order-1", 30), an_allocation("order-1", 30))
    assert [batch.allocated_quantity for batch in product_in(memory).batches] == [30, 0]


def test_flaw_04_the_same_batch_created_twice_is_one_batch() -> None:
    memory = a_shop(a_batch_created(qty=20), a_batch_created(qty=20))
    assert [batch.available_quantity for batch in product_in(memory).batches] == [20]


@pytest.mark.parametrize("qty", [0, -5])
def test_flaw_05_a_quantity_of_zero_or_less_creates_no_stock(qty: int) -> None:
    with pytest.raises(InvalidValue):
        a_batch_created(qty=qty)
    with pytest.raises(InvalidValue):
        an_allocation(qty=qty)
    with pytest.raises(InvalidValue):
        OrderLine("order-1", SKU, qty)
    with pytest.raises(InvalidValue):
        Batch("batch-1", SKU, qty)


def test_flaw_06_the_line_that_was_promised_last_loses_its_stock_every_time() -> None:
    orders = [f"order-{n}" for n in (5, 3, 1, 4, 2)]
    for remaining in range(5):
        memory = a_shop(a_batch_created(qty=50), *(an_allocation(o, 10) for o in orders))
        given(MemoryUnitOfWork(memory), a_new_quantity(remaining * 10))
        assert queue_of(product_in(memory)) == orders[remaining:]


def test_flaw_07_an_unknown_batch_reference_is_a_clear_error() -> None:
    with pytest.raises(UnknownBatch, match="Unknown batch batch-9"):
        messagebus.handle(a_new_quantity(10, "batch-9"), MemoryUnitOfWork())


def lines_read_by(history: int) -> int:
    promised = [Allocation(a_line(f"old-{n}", 1), n, "batch-1", n) for n in range(1, history)]
    waiting = [Allocation(a_line(f"late-{n}", 100), history + n) for n in range(history)]
    stored = RecordedLines([*promised, *waiting])
    batch = Batch.restore(
        "batch-1", SKU, None, initial=10**6, purchased=history + 9, allocated=len(promised)
    )
    lines = OrderLines(stored, last_number=2 * history)
    product = Product.restore(SKU, [batch], 1, lines, out_of_stock=False)
    for orderid, qty in (("order-1", 5), ("order-2", 50), ("order-2", 50)):
        product.allocate(a_line(orderid, qty))
    product.change_batch_quantity("batch-1", history)
    return stored.read


def test_flaw_08_the_cost_of_a_message_does_not_grow_with_history() -> None:
    assert lines_read_by(10_000) == lines_read_by(100) < 20
