"""Whatever happens, in whatever order: the model does what the design's words say."""

from datetime import date
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryStore, MemoryUnitOfWork
from allocation.domain.errors import (
    BatchConflict,
    InvalidSku,
    LineConflict,
    Refusal,
    UnknownBatch,
)
from allocation.domain.events import Event, OutOfStock
from allocation.domain.model import Product
from allocation.service_layer import messagebus
from allocation.service_layer.unit_of_work import AbstractUnitOfWork
from tests.support.builders import (
    LATER,
    SKU,
    TODAY,
    a_batch_created,
    a_new_quantity,
    an_allocation,
    queue_of,
    snapshot,
)
from tests.support.processors import a_stock_processor
from tests.support.stock_oracle import CONFLICT, UNKNOWN, Oracle
from tests.unit.chapter.test_handlers import FakeUnitOfWork

REFS = [f"batch-{n}" for n in range(1, 5)]
ORDERS = [f"order-{n}" for n in range(1, 10)]
QUANTITIES = st.integers(1, 12)
CI = settings(derandomize=True, max_examples=120, stateful_step_count=40, deadline=None)


class StockMachine(RuleBasedStateMachine):
    """One sku under random messages, handled by the chapter's bus."""

    def __init__(self) -> None:
        super().__init__()
        self.oracle = Oracle()
        self.before: dict[str, Any] = {}
        self.told: list[Event] = []
        self.start()

    def start(self) -> None:
        self.uow: AbstractUnitOfWork = MemoryUnitOfWork()

    def handle(self, message: Event) -> object:
        handlers = {**messagebus.HANDLERS, OutOfStock: [lambda event, _: self.told.append(event)]}
        return messagebus.MessageBus(handlers).handle(message, self.uow).pop(0)

    def product(self) -> Product | None:
        with self.uow:
            return self.uow.products.get(SKU)

    def answer(self, message: Event) -> object:
        try:
            return self.handle(message)
        except (BatchConflict, LineConflict):
            return CONFLICT
        except (InvalidSku, UnknownBatch):
            return UNKNOWN

    @rule(ref=st.sampled_from(REFS), qty=QUANTITIES, eta=st.sampled_from([None, TODAY, LATER]))
    def batch_created(self, ref: str, qty: int, eta: date | None) -> None:
        told = self.answer(a_batch_created(ref, qty, eta))
        assert told == self.oracle.add_batch(ref, qty, eta)

    @rule(orderid=st.sampled_from(ORDERS), qty=QUANTITIES)
    def allocation_required(self, orderid: str, qty: int) -> None:
        assert self.answer(an_allocation(orderid, qty)) == self.oracle.allocate(orderid, qty)

    @rule(orderid=st.sampled_from(ORDERS))
    def the_same_line_again(self, orderid: str) -> None:
        if orderid in self.oracle.lines:
            self.allocation_required(orderid, self.oracle.lines[orderid].qty)

    @rule(ref=st.sampled_from(REFS), qty=st.integers(0, 40))
    def batch_quantity_changed(self, ref: str, qty: int) -> None:
        told = self.answer(a_new_quantity(qty, ref))
        assert told == self.oracle.change_batch_quantity(ref, qty)

    @invariant()
    def nothing_is_lost_and_every_line_stands_where_the_policies_say(self) -> None:
        product = self.product()
        known = self.oracle.lines
        found = {order: product.lines.find(order) for order in ORDERS} if product else {}
        assert {order for order, placement in found.items() if placement} == set(known)
        for order, line in known.items():
            placement = found[order]
            assert placement is not None
            assert (placement.line.qty, placement.batchref) == (line.qty, line.batchref)
        assert (queue_of(product) if product else []) == self.oracle.queue()

    @invariant()
    def nothing_is_oversold(self) -> None:
        product = self.product()
        batches = product.batches if product else []
        assert {batch.reference for batch in batches} == set(self.oracle.batches)
        for batch in batches:
            facts = self.oracle.batches[batch.reference]
            assert batch.purchased_quantity == facts.held
            assert batch.allocated_quantity == self.oracle.allocated(batch.reference)
            assert 0 <= batch.allocated_quantity <= batch.purchased_quantity

    @invariant()
    def no_line_waits_while_a_batch_has_room_for_it(self) -> None:
        product = self.product()
        waiting = product.lines.waiting(lambda: 10**9) if product else ()
        for placement in waiting:
            assert product is not None
            assert not any(batch.can_allocate(placement.line) for batch in product.batches)

    @invariant()
    def out_of_stock_is_said_when_it_becomes_true(self) -> None:
        assert self.told == [OutOfStock(SKU)] * self.oracle.told_out_of_stock

    @invariant()
    def the_version_grows_when_something_changed_and_only_then(self) -> None:
        product = self.product()
        now = snapshot(product) if product else {"version": -1}
        then, self.before = self.before or {"version": -1}, dict(now)
        assert now["version"] >= then["version"]
        assert (now["version"] == then["version"]) == (now == then)


class StockMachineWithTheChaptersFakes(StockMachine):
    """The same without any rollback: what is refused must not have changed anything."""

    def start(self) -> None:
        self.uow = FakeUnitOfWork()  # type: ignore[no-untyped-call]  # the chapter's


class StockMachineInGroups(StockMachine):
    """The same through the processor, whose groups are so small that they cut cascades."""

    bound = 2

    def start(self) -> None:
        self.memory = Memory()
        self.uow = MemoryUnitOfWork(self.memory)
        self.processor = a_stock_processor(MemoryStore(self.memory), bound=self.bound)

    def handle(self, message: Event) -> object:
        [answer] = self.processor.process([self.processor.envelope(message)])
        self.told = [
            entry.envelope.message
            for entry in self.memory.entries.values()
            if isinstance(entry.envelope.message, OutOfStock)
        ]
        if answer.error is not None:
            assert isinstance(answer.error, Refusal)
        return answer.result


@pytest.mark.parametrize(
    "machine", [StockMachine, StockMachineWithTheChaptersFakes, StockMachineInGroups]
)
def test_the_model_does_what_the_design_says(machine: type[StockMachine]) -> None:
    run_state_machine_as_test(machine, settings=CI)
