"""The chapter's message bus, bound to this application's table of handlers."""

from allocation.domain import events
from allocation.messaging.bus import AbstractMessageBus, Handlers, Results
from allocation.messaging.bus import FakeMessageBus as UnboundFakeMessageBus
from allocation.messaging.bus import MessageBus as UnboundMessageBus
from allocation.messaging.dead_letters import DeadLetterDiscarded, DeadLetterReplayed
from allocation.messaging.registry import Registry
from allocation.service_layer import handlers
from allocation.service_layer.unit_of_work import AbstractUnitOfWork

__all__ = ["HANDLERS", "REGISTRY", "AbstractMessageBus", "FakeMessageBus", "MessageBus", "handle"]

REGISTRY = Registry(
    transactional={
        events.BatchCreated: [handlers.add_batch],
        events.BatchQuantityChanged: [handlers.change_batch_quantity],
        events.AllocationRequired: [handlers.allocate],
        events.ReleaseContinued: [handlers.continue_release],
        events.FillContinued: [handlers.continue_fill],
    },
    outbox={
        events.OutOfStock: [handlers.send_out_of_stock_notification],
    },
    recorded=frozenset(
        {
            *(events.Allocated, events.Deallocated, events.Backordered),
            *(DeadLetterReplayed, DeadLetterDiscarded),
        }
    ),
    continuations=frozenset({events.ReleaseContinued, events.FillContinued}),
)
"""All that the application does. In production the handlers inside run in the group's
transaction, and those outside are run by the relay once it has been committed."""

HANDLERS: Handlers = {
    **REGISTRY.transactional,
    **REGISTRY.outbox,
    **{fact: [] for fact in REGISTRY.recorded},
}
"""The same as one table, for a bus that runs everything at once."""


class MessageBus(UnboundMessageBus):
    """The application's bus."""

    HANDLERS = HANDLERS


class FakeMessageBus(UnboundFakeMessageBus):
    """The application's bus for isolated tests; see `messaging.bus.FakeMessageBus`."""

    HANDLERS = HANDLERS


def handle(event: events.Event, uow: AbstractUnitOfWork) -> Results:
    """Handle an event and all that follows from it; the results, the event's own first.

    Raises:
        Refusal: what the handlers refuse.
    """
    return MessageBus().handle(event, uow)
