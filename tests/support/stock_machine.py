"""One sku under random messages: the model is to do what the oracle says, wherever it is kept."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from allocation.domain.events import Event, OutOfStock
from allocation.domain.model import Product
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
from tests.support.executors import Executor
from tests.support.stock_oracle import Oracle, in_the_oracles_words

REFS = [f"batch-{n}" for n in range(1, 5)]
ORDERS = [f"order-{n}" for n in range(1, 10)]
QUANTITIES = st.integers(1, 12)
CREATIONS = st.builds(
    a_batch_created, st.sampled_from(REFS), QUANTITIES, st.sampled_from([None, TODAY, LATER])
)
ALLOCATIONS = st.builds(an_allocation, st.sampled_from(ORDERS), QUANTITIES)
SMALL_ALLOCATIONS = st.sampled_from(
    [an_allocation(order, 1 + n % 3) for n, order in enumerate(ORDERS)]
)
CHANGES = st.builds(
    a_new_quantity, st.just(0) | st.integers(0, 20) | st.just(40), st.sampled_from(REFS)
)
ANYTHING = CREATIONS | SMALL_ALLOCATIONS | SMALL_ALLOCATIONS | CHANGES
WHO = st.integers(0, 3)
"""Whose turn it is; a crew of one has it always."""

NOTHING: dict[str, Any] = {"version": -1, "batches": {}, "lines": {}, "queue": []}


class StockMachine(RuleBasedStateMachine):
    """Hands messages to a crew, and compares what it answers and what is on record."""

    def __init__(self, executor: Executor) -> None:
        super().__init__()
        self.executor = executor
        self.oracle = Oracle(today=executor.uow.today)
        self.before = self.seen = NOTHING

    def hand_over(self, who: int, *messages: Event) -> None:
        handle = self.executor.members[who % len(self.executor.members)]
        for message, answer in zip(messages, handle(messages), strict=True):
            assert in_the_oracles_words(answer) == self.oracle.answer(message)
        self.look()

    def look(self) -> None:
        """As somebody who keeps nothing in memory, and as long as the transaction is open."""
        with self.executor.uow as uow:
            product = uow.products.get(SKU)
            self.seen = NOTHING if product is None else everything_of(product)

    @rule(message=CREATIONS, who=WHO)
    def batch_created(self, message: Event, who: int) -> None:
        self.hand_over(who, message)

    @rule(message=ALLOCATIONS, who=WHO)
    def allocation_required(self, message: Event, who: int) -> None:
        self.hand_over(who, message)

    @rule(orderid=st.sampled_from(ORDERS), who=WHO)
    def the_same_line_again(self, orderid: str, who: int) -> None:
        if orderid in self.oracle.lines:
            self.hand_over(who, an_allocation(orderid, self.oracle.lines[orderid].qty))

    @rule(message=CHANGES, who=WHO)
    def batch_quantity_changed(self, message: Event, who: int) -> None:
        self.hand_over(who, message)

    @rule(messages=st.lists(ANYTHING, min_size=2, max_size=6), who=WHO)
    def many_at_once(self, messages: list[Event], who: int) -> None:
        self.hand_over(who, *messages)

    @invariant()
    def nothing_is_lost_and_every_line_stands_where_the_policies_say(self) -> None:
        lines = {
            order: (parts[0].qty, parts[0].batchref)
            for order, parts in self.seen["lines"].items()
            if parts
        }
        expected = self.oracle.lines
        assert lines == {order: (line.qty, line.batchref) for order, line in expected.items()}
        assert self.seen["queue"] == self.oracle.queue()

    @invariant()
    def nothing_is_oversold(self) -> None:
        assert self.seen["batches"] == {
            ref: (facts.held, self.oracle.allocated(ref), facts.eta)
            for ref, facts in self.oracle.batches.items()
        }
        for purchased, allocated, _ in self.seen["batches"].values():
            assert 0 <= allocated <= purchased

    @invariant()
    def no_line_waits_while_a_batch_has_room_for_it(self) -> None:
        rooms = [purchased - taken for purchased, taken, _ in self.seen["batches"].values()]
        for orderid in self.seen["queue"]:
            assert self.seen["lines"][orderid][0].qty > max(rooms)

    @invariant()
    def out_of_stock_is_said_when_it_becomes_true(self) -> None:
        assert self.executor.shortages() == [OutOfStock(SKU)] * self.oracle.times_out_of_stock

    @invariant()
    def the_version_grows_when_something_changed_and_only_then(self) -> None:
        then, self.before = self.before, self.seen
        assert self.seen["version"] >= then["version"]
        assert (self.seen["version"] == then["version"]) == (self.seen == then)


def everything_of(product: Product) -> dict[str, Any]:
    return {**snapshot(product, ORDERS), "queue": queue_of(product)}
