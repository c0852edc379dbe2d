"""The flaws of the chapter's code, one to ten, each shown not to be ours (design.md).

What needs a real database or several processes is shown again in tests/integration and
tests/chaos; this is what can be shown in memory. The eleventh is that a request fails when the
mail server is down: tests/integration/email/test_email.py shows that it succeeds.
"""

import pytest

from allocation.adapters.memory.store import MemoryUnitOfWork
from allocation.domain.errors import InvalidValue, UnknownBatch
from allocation.domain.events import OutOfStock
from allocation.domain.model import Batch, OrderLine, Product
from allocation.domain.order_lines import OrderLines
from allocation.messaging.errors import Conflict, StoreUnavailable
from allocation.messaging.log import Status
from allocation.service_layer import messagebus
from tests.support.builders import (
    SKU,
    TODAY,
    a_batch_created,
    a_line,
    a_new_quantity,
    an_allocation,
    batchref_of,
    given,
    queue_of,
)
from tests.support.failing_store import FailingStore
from tests.support.parts import a_part
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
    promised = [a_part(a_line(f"old-{n}", 1), n, "batch-1", n) for n in range(1, history)]
    waiting = [a_part(a_line(f"late-{n}", 100), history + n) for n in range(history)]
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


class TestFlaw09:
    def test_flaw_09_many_callers_on_one_sku_all_get_an_answer_and_none_an_error(self) -> None:
        memory = a_shop(a_batch_created(qty=60))
        processor = a_stock_processor(FailingStore(memory), max_group_size=16)
        callers = [an_allocation(f"caller-{n}", 1) for n in range(200)]
        answers = processor.process(processor.envelopes(callers))
        assert [answer.result for answer in answers] == ["batch-1"] * 60 + [None] * 140
        assert len(queue_of(product_in(memory))) == 140

    def test_flaw_09_who_is_overtaken_by_another_process_does_not_notice(self) -> None:
        memory = a_shop(a_batch_created(qty=60))
        store = FailingStore(memory)
        others = [f"other-{n}" for n in range(5)]

        def another_process() -> None:
            if others:
                given(MemoryUnitOfWork(memory), an_allocation(others.pop(), 10))

        store.overtaken = another_process
        processor = a_stock_processor(store)
        callers = [an_allocation(f"caller-{n}", 10) for n in range(2)]
        answers = processor.process(processor.envelopes(callers))
        assert [answer.result for answer in answers] == ["batch-1", None]
        assert product_in(memory).batches[0].available_quantity == 0


class TestFlaw10:
    def test_flaw_10_one_failing_handler_does_not_drop_the_rest_of_the_queue(self) -> None:
        def break_down(event: OutOfStock, _: object) -> None:
            raise RuntimeError(event.sku)

        bus = messagebus.MessageBus({**messagebus.HANDLERS, OutOfStock: [break_down]})
        uow = MemoryUnitOfWork()
        given(uow, a_batch_created(qty=20), an_allocation("order-1", 20))
        # Then order-2 has to wait; and of the two order-1 does not fit any more, order-2 does.
        for event in (an_allocation("order-2", 5), a_new_quantity(10)):
            with pytest.raises(RuntimeError):
                bus.handle(event, uow)
        with uow:
            product = uow.products.get(SKU)
        assert product is not None
        assert queue_of(product) == ["order-1"]
        assert batchref_of(product, "order-2") == "batch-1"

    def test_flaw_10_one_refused_message_does_not_drop_the_others_of_its_group(self) -> None:
        memory = a_shop(a_batch_created(qty=20))
        processor = a_stock_processor(FailingStore(memory))
        messages = [an_allocation("a"), an_allocation("b", sku="UNKNOWN"), an_allocation("c")]
        answers = processor.process(processor.envelopes(messages))
        assert [answer.error is None for answer in answers] == [True, False, True]
        assert [e.status for e in memory.entries.values()].count(Status.REFUSED) == 1
        assert batchrefs(memory, "a", "c") == ["batch-1", "batch-1"]
