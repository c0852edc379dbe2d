"""The registry's entries declare what their handlers raise: `MessageType.raises`."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.adapters.memory.session import Memory
from allocation.adapters.memory.store import MemoryStore
from allocation.domain import events
from allocation.domain.events import Event
from allocation.domain.portions import PORTION
from allocation.messaging.digests import Digest
from allocation.messaging.status_facts import STATUS_FACTS
from allocation.service_layer.messagebus import REGISTRY
from tests.support.builders import SKU, TODAY
from tests.support.life_machine import ANNOUNCED, DEMAND, STOCK, SUPPLY
from tests.support.processors import a_stock_processor

CI = settings(derandomize=True, max_examples=60, deadline=None)

MANY = PORTION + 40
SOON, LATER = TODAY + timedelta(days=5), TODAY + timedelta(days=50)

OF_THE_MACHINERY = (Digest, *STATUS_FACTS)
"""What the processor itself logs about the messages of any application."""

Pair = tuple[type, type]
"""The type of a message, and of one that it has raised."""


def raised(messages: Iterable[Event]) -> set[Pair]:
    """What messages, and their follow-ups, have raised."""
    memory = Memory()
    processor = a_stock_processor(MemoryStore(REGISTRY, memory, today_of=lambda _: TODAY))
    processor.process(processor.envelopes([*messages]))
    return set(pairs(memory))


def pairs(memory: Memory) -> Iterator[Pair]:
    envelopes = {id: entry.envelope for id, entry in memory.entries.items()}
    for envelope in envelopes.values():
        if envelope.causation_id is None or isinstance(envelope.message, OF_THE_MACHINERY):
            continue
        yield type(envelopes[envelope.causation_id].message), type(envelope.message)


DECLARED: set[Pair] = {(entry.type, kind) for entry in REGISTRY.entries for kind in entry.raises}


@CI
@given(st.lists(ANNOUNCED, max_size=6), st.lists(SUPPLY | DEMAND, min_size=15, max_size=30))
def test_any_messages_raise_only_what_they_declare(
    lines: Sequence[Event], messages: Sequence[Event]
) -> None:
    assert raised([*STOCK, *lines, *messages]) - DECLARED == set()


@pytest.mark.slow
def test_portions_of_many_lines_raise_only_what_they_declare() -> None:
    seen = raised([*many_lines(), *changes_of_many_lines()])

    assert seen - DECLARED == set()
    causes = {cause for cause, _ in seen}
    assert {events.ReleaseContinued, events.FillContinued} <= causes
    assert {events.DelayContinued, events.ReceiptContinued} <= causes


def test_an_overdue_shipment_raises_only_what_it_declares() -> None:
    overdue = TODAY - timedelta(days=1)
    seen = raised(
        [
            events.BatchCreated("batch-1", SKU, 10, overdue),
            events.AllocationRequired("order-1", SKU, 6),
            events.BatchCreated("batch-2", SKU, 5),
            events.SupplyOverdue("batch-1", overdue),
        ]
    )

    assert seen - DECLARED == set()


def test_every_raised_message_has_an_entry() -> None:
    assert {kind for _, kind in DECLARED} <= REGISTRY.messages


def test_only_handlers_raise() -> None:
    assert all(entry.handlers for entry in REGISTRY.entries if entry.raises)


def test_every_follow_up_is_raised_by_some_message() -> None:
    from_outside = {entry.type for entry in REGISTRY.incoming.values()}
    by_a_job = {events.SupplyOverdue}
    of_events = {kind for kind in REGISTRY.messages if issubclass(kind, Event)}

    assert of_events - from_outside - by_a_job <= {kind for _, kind in DECLARED}


def many_lines() -> Iterator[Event]:
    yield events.BatchCreated("batch-1", SKU, MANY, SOON)
    for n in range(MANY):
        yield events.AllocationRequired(f"order-{n:03d}", SKU, 1, required_by=SOON)


def changes_of_many_lines() -> Iterator[Event]:
    yield events.BatchPartiallyReceived("batch-1", "batch-1a", MANY - 2)
    yield events.BatchQuantityChanged("batch-1a", 2)
    yield events.BatchCreated("batch-2", SKU, MANY, SOON)
    yield events.BatchCreated("batch-3", SKU, MANY, TODAY + timedelta(days=20))
    yield events.BatchEtaChanged("batch-2", LATER)
    yield events.BatchBlocked("batch-3")
    yield events.BatchCancelled("batch-2")
    yield events.BatchUnblocked("batch-3")
    yield events.BatchQuantityChanged("batch-3", 0)
