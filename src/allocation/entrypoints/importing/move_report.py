"""The order lines that a file has moved."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from allocation.bootstrap import Answer
from allocation.domain.events import BatchEtaChanged, Event
from allocation.views import LISTED, ChangedPromise, Move, Views

T = TypeVar("T")


class MoveReport:
    """Counts the moves, and keeps the first ones to list them.

    Attributes:
        moves, has_more_moves: the first moves, and whether there are others.
        promises, has_more_promises: the same of changed promises: those of batches that are due on
            another day.
        deallocated, allocated: how many order lines have lost a batch, and have got one.
    """

    def __init__(self, views: Views) -> None:
        self._views = views
        self.moves: list[Move] = []
        self.promises: list[ChangedPromise] = []
        self.deallocated = self.allocated = 0
        self.has_more_moves = self.has_more_promises = False

    def add(self, handled: Iterable[tuple[Event, Answer]]) -> None:
        """Read what these messages have moved."""
        events = {answer.id: event for event, answer in handled}
        for id in self._views.moves.moving(events):
            self._add_moves(id, reschedules=isinstance(events[id], BatchEtaChanged))

    def _add_moves(self, id: str, *, reschedules: bool) -> None:
        summary = self._views.moves.summary(id)
        self.deallocated += summary.counts.deallocated
        self.allocated += summary.counts.allocated
        self.has_more_moves |= summary.page.next_after is not None
        self.has_more_moves |= _add(self.moves, summary.page.moves)
        if reschedules and not self.has_more_promises:
            page = summary.read_promises()
            self.has_more_promises |= page.next_after is not None
            self.has_more_promises |= _add(self.promises, page.promises)


def _add(listed: list[T], more: Sequence[T]) -> bool:
    """Add as many as may be listed; return whether there are others."""
    free = LISTED - len(listed)
    listed += more[:free]
    return len(more) > free
