"""The order lines that a file has moved."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Final, Protocol, TypeVar

from allocation.bootstrap import Answer
from allocation.domain.events import BatchEtaChanged, Event
from allocation.entrypoints.importing.line_counts import LineCounter
from allocation.entrypoints.importing.moved_lines import Effect, MovedLines
from allocation.entrypoints.importing.seen import Seen
from allocation.entrypoints.importing.worst_lines import WorstLines
from allocation.entrypoints.line_outcomes import (
    MovedLine,
    PromisedDays,
    dated_line,
    moved_line,
    promised_before,
    severity,
)
from allocation.views import LISTED, ChangedPromise, Move, Views

_PAGE: Final = 2_000
"""The number of moves or promises of a message that are read at once."""


class MoveReport:
    """Counts the moves and the changed promises, and keeps those by which lines lose most.

    Attributes:
        moves: the moves.
        promises: the changed promises: those of batches that are due on another day.
        deallocated, allocated: how many order lines have lost a batch, and have got one.
    """

    def __init__(self, views: Views, today: date, seen: Seen) -> None:
        """What was moved is remembered among the keys of the file that were `seen`."""
        self.moves = WorstLines[Move](LISTED)
        self.promises = WorstLines[ChangedPromise](LISTED)
        self.deallocated = self.allocated = 0
        self._lines = WorstLines[MovedLine](LISTED)
        self._counter = LineCounter(seen)
        self._views = views
        self._today = today
        self._seen = seen

    @property
    def effect(self) -> Effect:
        """What the messages so far have done to order lines."""
        complete = not (self.moves.has_more or self.promises.has_more)
        lines = MovedLines(self.moves.listed, self.promises.listed, complete)
        outcomes = sorted(self._lines.listed, key=severity)
        return Effect(lines, outcomes, self._counter.counts, is_counted=True)

    def add(self, handled: Iterable[tuple[Event, Answer]]) -> None:
        """Read what these messages have moved."""
        events = {answer.id: event for event, answer in handled}
        for id in self._views.moves.moving(events):
            counts = self._views.moves.counts(id)
            self.deallocated += counts.deallocated
            self.allocated += counts.allocated
            promises = self._promises(id) if isinstance(events[id], BatchEtaChanged) else []
            self._add_moves(id, promised_before(promises))
            self._add_promises(promises)

    def _promises(self, id: str) -> list[ChangedPromise]:
        pages = _pages(lambda after: self._views.promises.page(id, after, _PAGE))
        return [promise for page in pages for promise in page.promises]

    def _add_moves(self, id: str, before: PromisedDays) -> None:
        for page in _pages(lambda after: self._views.moves.page(id, after, _PAGE)):
            for move in page.moves:
                line = moved_line(move, self._today, before)
                self.moves.add(line, move)
                self._add_line(line)
            self._seen.add({_moved(move) for move in page.moves})

    def _add_promises(self, promises: Iterable[ChangedPromise]) -> None:
        for promise in promises:
            line = dated_line(promise)
            self.promises.add(line, promise)
            if _moved(promise) not in self._seen:
                self._add_line(line)

    def _add_line(self, line: MovedLine) -> None:
        self._lines.add(line, line)
        self._counter.add(line)


class _Page(Protocol):
    @property
    def next_after(self) -> int | None: ...


P = TypeVar("P", bound=_Page)


def _pages(read: Callable[[int], P]) -> Iterator[P]:
    page = read(0)
    yield page
    while page.next_after is not None:
        page = read(page.next_after)
        yield page


def _moved(named: Move | ChangedPromise) -> str:
    """The key of a line of which units have moved."""
    return f"moved\0{named.orderid}\0{named.sku}\0{named.line or ''}"
