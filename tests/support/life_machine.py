"""One sku under every message that a promise can meet in its life, and what must always hold."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from allocation.domain import events
from allocation.domain.batch import Batch
from allocation.domain.events import Event
from allocation.domain.model import Product
from allocation.domain.order_line import ALLOCATED, CANCELLED, SHIPPED, WAITING, Part, Parts
from tests.support.builders import SKU, TODAY
from tests.support.executors import Executor

REFS: Final = [f"batch-{n}" for n in range(1, 5)]
ORDERS: Final = [f"order-{n}" for n in range(1, 6)]
LINES: Final = (None, None, None, "2")
DAYS: Final = [None, *(TODAY + timedelta(days=days) for days in (-3, 0, 2, 5, 9))]
REF = st.sampled_from(REFS)
ORDER = st.sampled_from(ORDERS)
LINE = st.sampled_from(LINES)
QTY = st.integers(1, 12)
ETA = st.sampled_from(DAYS)
MAYBE_QTY = st.none() | QTY
MAYBE_REF = st.none() | REF
SPLIT = st.sampled_from([None, True])

SUPPLY = st.one_of(
    st.builds(events.BatchCreated, REF, st.just(SKU), QTY, ETA),
    st.builds(events.BatchQuantityChanged, REF, st.integers(0, 15)),
    st.builds(events.BatchEtaChanged, REF, ETA),
    st.builds(events.BatchBlocked, REF),
    st.builds(events.BatchUnblocked, REF),
    st.builds(events.BatchCancelled, REF),
    st.tuples(REF, REF, QTY)
    .filter(lambda drawn: drawn[0] != drawn[1])
    .map(lambda drawn: events.BatchPartiallyReceived(*drawn)),
)
ANNOUNCED = st.builds(events.AllocationRequired, ORDER, st.just(SKU), QTY, LINE, ETA, SPLIT)
STOCK: Final = [
    events.BatchCreated("batch-1", SKU, 10),
    events.BatchCreated("batch-2", SKU, 20, TODAY + timedelta(days=2)),
]
DEMAND = st.one_of(
    ANNOUNCED,
    st.builds(events.AllocationRequired, ORDER, st.just(SKU), QTY, LINE, st.none(), SPLIT),
    st.builds(events.OrderLineCancelled, ORDER, st.just(SKU), LINE),
    st.builds(events.OrderLineChanged, ORDER, st.just(SKU), QTY, LINE),
    st.builds(events.OrderLineShipped, ORDER, st.just(SKU), MAYBE_QTY, MAYBE_REF, LINE),
    st.builds(events.OrderLineUnshipped, ORDER, st.just(SKU), MAYBE_QTY, MAYBE_REF, LINE),
    st.builds(events.OrderCancelled, ORDER),
    st.builds(events.OrderShipped, ORDER),
)
WHO = st.integers(0, 3)

HARMLESS: Final = (
    events.BatchUnblocked,
    events.OrderLineCancelled,
    events.OrderCancelled,
    events.BatchPartiallyReceived,
    events.BatchCreated,
)
"""Messages that make nobody's date later."""


class BatchState(NamedTuple):
    """What a batch is on record with."""

    purchased: int
    allocated: int
    available: int
    eta: date | None
    blocked: bool
    cancelled: bool


class State(NamedTuple):
    """What a product is on record with."""

    version: int
    batches: dict[str, BatchState]
    lines: dict[tuple[str, str], Parts]


class LifeMachine(RuleBasedStateMachine):
    """Hands messages to a crew, and looks at what is on record."""

    def __init__(self, executor: Executor) -> None:
        super().__init__()
        self.executor = executor
        self.before = self.seen = State(-1, {}, {})
        self.last: Event | None = None
        self.is_logged = True

    @initialize(lines=st.lists(ANNOUNCED, max_size=6))
    def begin(self, lines: list[Event]) -> None:
        self.hand_over(0, [*STOCK, *lines])
        self.look()

    @rule(message=SUPPLY | DEMAND, who=WHO)
    def handle(self, message: Event, who: int) -> None:
        self.hand_over(who, [message])
        self.last = message
        self.look()

    @rule(messages=st.lists(SUPPLY | DEMAND, min_size=2, max_size=6), who=WHO)
    def handle_together(self, messages: list[Event], who: int) -> None:
        self.hand_over(who, messages)
        self.last = None
        self.look()

    def hand_over(self, who: int, messages: list[Event]) -> None:
        member = who % len(self.executor.members)
        self.is_logged &= member in self.executor.with_log
        self.executor.members[member](messages)

    @invariant()
    def nothing_is_left_untold(self) -> None:
        if self.is_logged:
            assert all(part.stale_promise is None for part in self.parts())

    def look(self) -> None:
        """As somebody who keeps nothing in memory."""
        with self.executor.uow as uow:
            product = uow.products.get(SKU)
            if product is not None:
                product.today = uow.today
                self.before, self.seen = self.seen, state_of(product)

    def day(self, ref: str | None) -> date | None:
        """The day on which units of a batch can leave."""
        eta = self.seen.batches[ref or ""].eta
        today = self.executor.uow.today
        return today if eta is None else None if eta < today else eta

    @invariant()
    def a_batch_has_allocated_what_its_parts_have(self) -> None:
        for ref, batch in self.seen.batches.items():
            parts = [p for p in self.parts() if (p.state, p.batchref) == (ALLOCATED, ref)]
            assert batch.allocated == sum(part.qty for part in parts)
            assert 0 <= batch.allocated <= batch.purchased
            assert not (batch.blocked and batch.allocated)
            assert not (batch.cancelled and batch.purchased)

    @invariant()
    def a_line_has_each_unit_in_one_part(self) -> None:
        for parts in self.seen.lines.values():
            line = parts[0].line
            assert sum(part.qty for part in parts) == line.qty
            assert {part.line for part in parts} == {line}
            assert {part.position for part in parts} == {parts[0].position}
            assert {part.first_qty for part in parts} == {parts[0].first_qty}
            places = [(part.state, part.batchref) for part in parts]
            assert len(places) == len(set(places))
            assert min(part.qty for part in parts) > 0

    @invariant()
    def no_part_waits_while_a_batch_has_room_for_it(self) -> None:
        largest = max((batch.available for batch in self.seen.batches.values()), default=0)
        for part in self.parts():
            assert part.state != WAITING or part.least_room > largest, part

    @invariant()
    def no_part_is_late_while_an_earlier_batch_has_room_for_it(self) -> None:
        today = self.executor.uow.today
        for part in self.parts():
            if part.state != ALLOCATED:
                continue
            day = self.day(part.batchref)
            promised = [d for d in (part.line.required_by, part.first_promised) if d]
            if day is not None and not (promised and day > min(promised)):
                continue
            before = day or today + timedelta(days=1)
            for ref, batch in self.seen.batches.items():
                other = self.day(ref)
                has_room = batch.available >= part.least_room
                assert not (has_room and other and other < before), (part, ref)

    @invariant()
    def nothing_shipped_is_taken_off_but_by_its_own_message(self) -> None:
        if isinstance(self.last, events.OrderLineUnshipped) or self.last is None:
            return
        for key, parts in self.before.lines.items():
            assert shipped(parts) <= shipped(self.seen.lines[key])

    @invariant()
    def what_helps_makes_no_date_later(self) -> None:
        if not isinstance(self.last, HARMLESS):
            return
        for key, before in self.before.lines.items():
            now = [p for p in self.seen.lines[key] if p.state in (ALLOCATED, WAITING)]
            then = [p for p in before if p.state in (ALLOCATED, WAITING)]
            if now and len(then) == len(now) == 1:
                assert self.rank(now[0]) <= self.rank(then[0]), (then, now)

    @invariant()
    def the_version_grows_if_something_changed(self) -> None:
        if self.seen != self.before:
            assert self.seen.version > self.before.version

    def rank(self, part: Part) -> tuple[int, date]:
        """By the day on which the units leave: known, not known, waiting."""
        if part.state == WAITING:
            return (2, date.max)
        day = self.day(part.batchref)
        return (1, date.max) if day is None else (0, day)

    def parts(self) -> list[Part]:
        return [part for parts in self.seen.lines.values() for part in parts]


def state_of(product: Product) -> State:
    """Everything of a product."""
    return State(
        product.version_number,
        {batch.reference: state_of_batch(batch) for batch in product.batches},
        {
            (orderid, line): parts
            for orderid in ORDERS
            for line, parts in product.lines.of_order(orderid).items()
        },
    )


def state_of_batch(batch: Batch) -> BatchState:
    """Everything of a batch."""
    return BatchState(
        batch.purchased_quantity,
        batch.allocated_quantity,
        batch.available_quantity,
        batch.eta,
        batch.blocked,
        batch.cancelled,
    )


def shipped(parts: Parts) -> int:
    """The shipped units of a line."""
    assert all(part.state != CANCELLED or part.batchref is None for part in parts)
    return sum(part.qty for part in parts if part.state == SHIPPED)
