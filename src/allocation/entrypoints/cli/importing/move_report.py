"""The order lines that a file has moved, as the commands of single changes list them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from allocation.bootstrap import Answer
from allocation.domain.events import BatchEtaChanged, Event
from allocation.entrypoints.cli.console import counted, out
from allocation.entrypoints.cli.moves import counted_moves, promised_days, table_of_moves
from allocation.entrypoints.cli.promises import print_promises
from allocation.views import LISTED, ChangedPromise, Move, Views

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MovedLines:
    """Order lines that a file has moved, or would move, and promises that are changed.

    `complete` says whether these are all.
    """

    moved: list[Move]
    promises: list[ChangedPromise]
    complete: bool


class MoveReport:
    """Counts the moves, and keeps the first ones to list them.

    The changed promises are those of batches that are due on another day.
    """

    def __init__(self, views: Views) -> None:
        self._views = views
        self._moves: list[Move] = []
        self._promises: list[ChangedPromise] = []
        self._deallocated = self._allocated = 0
        self._has_more_moves = self._has_more_promises = False

    def add(self, handled: Iterable[tuple[Event, Answer]]) -> None:
        """Read what these messages have moved."""
        events = {answer.id: event for event, answer in handled}
        for id in self._views.moves.moving(events):
            self._add_moves(id, reschedules=isinstance(events[id], BatchEtaChanged))

    def _add_moves(self, id: str, *, reschedules: bool) -> None:
        summary = self._views.moves.summary(id)
        self._deallocated += summary.counts.deallocated
        self._allocated += summary.counts.allocated
        self._has_more_moves |= summary.page.next_after is not None
        self._has_more_moves |= _add(self._moves, summary.page.moves)
        if reschedules and not self._has_more_promises:
            page = summary.read_promises()
            self._has_more_promises |= page.next_after is not None
            self._has_more_promises |= _add(self._promises, page.promises)

    @property
    def lines(self) -> MovedLines:
        """The first order lines that moved or are promised otherwise."""
        is_all = not (self._has_more_moves or self._has_more_promises)
        return MovedLines(self._moves, self._promises, is_all)

    def print(self) -> None:
        """Print the counts, and the first order lines that moved or are promised otherwise."""
        if self._has_more_moves:
            lost = counted(self._deallocated, "order line was", "order lines were")
            out.print(f"{lost} deallocated, {self._allocated:,} allocated.")
        else:
            out.print(counted_moves(self._moves, "moved"))
        if self._moves:
            out.print(table_of_moves(self._moves, promised_days(self._promises)))
        if self._has_more_moves:
            out.print(f"These are the first {len(self._moves)}.")
        print_promises(self._promises, "moved", complete=not self._has_more_promises)


def _add(listed: list[T], more: Sequence[T]) -> bool:
    """Add as many as may be listed; return whether there are others."""
    free = LISTED - len(listed)
    listed += more[:free]
    return len(more) > free
