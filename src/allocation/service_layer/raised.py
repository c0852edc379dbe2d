"""What the moves of a product raise, for the registry's entries: follow-ups and facts."""

from typing import Final

from allocation.domain import events

Raised = tuple[type[events.Event], ...]

SERVING: Final[Raised] = (
    events.AllocationRequired,
    events.FillContinued,
    events.PromiseReviewRequired,
    events.OutOfStock,
)
"""The queue is offered room."""

RELEASING: Final[Raised] = (
    events.Deallocated,
    events.PromiseLost,
    events.ReleaseContinued,
    *SERVING,
)
"""A batch loses lines, and then the queue is offered room."""

MOVING: Final[Raised] = (events.Deallocated, events.Allocated, events.PromiseChanged)
"""Units move from batch to batch."""
