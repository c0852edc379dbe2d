"""The lines of an order as its page shows them: units in each state, and how late they come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Final

from allocation.entrypoints.board.formats import counted, lateness, number
from allocation.views import LineView

OPEN: Final = ("waiting", "allocated")
"""The states of units that are neither shipped nor cancelled."""


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part of a line; `lateness` says in words that it comes too late, and is empty if not."""

    part: LineView
    lateness: str

    @property
    def is_in_stock(self) -> bool:
        """Whether its units are allocated in the warehouse."""
        return self.part.status == "allocated" and self.part.eta is None


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of an order with its parts, of which there is at least one."""

    sku: str
    line: str
    parts: list[ShownPart]

    @property
    def required_by(self) -> date | None:
        """The day on which the customer needs the line."""
        return self.parts[0].part.required_by

    @property
    def ordered(self) -> int:
        """The units that the customer wants: all but the cancelled ones."""
        return units(self.parts, *OPEN, "shipped")

    @property
    def open(self) -> int:
        """The units that are neither shipped nor cancelled."""
        return units(self.parts, *OPEN)

    @property
    def shipped(self) -> int:
        """The units that have left the warehouse."""
        return units(self.parts, "shipped")

    @property
    def in_stock(self) -> int:
        """The units that are allocated in the warehouse."""
        return sum(each.part.qty for each in self.parts if each.is_in_stock)

    @property
    def batches_in_stock(self) -> list[str]:
        """The references of the batches in the warehouse from which units are allocated."""
        refs = [each.part.batchref for each in self.parts if each.is_in_stock]
        return [*dict.fromkeys(filter(None, refs))]


def shown_lines(parts: Iterable[LineView], today: date) -> list[ShownLine]:
    """The lines that parts belong to; those of a line follow one another."""
    return [
        ShownLine(sku, line, [_shown(part, today) for part in group])
        for (sku, line), group in groupby(parts, key=attrgetter("sku", "line"))
    ]


def units(parts: Iterable[ShownPart], *states: str) -> int:
    """The units of parts in some states."""
    return sum(each.part.qty for each in parts if each.part.status in states)


def _shown(part: LineView, today: date) -> ShownPart:
    due = min(filter(None, (part.required_by, part.first_promised)), default=None)
    late = lateness(part.eta, due, today) if part.status == "allocated" else ""
    return ShownPart(part, late)


def status_of(lines: Sequence[ShownLine]) -> str:
    """What has become of the lines, in a sentence."""
    parts = [part for line in lines for part in line.parts]
    waiting, promised = units(parts, "waiting"), units(parts, "allocated")
    shipped, cancelled = units(parts, "shipped"), units(parts, "cancelled")
    if not waiting + promised:
        return _of_closed(shipped, cancelled)
    counts = {"waiting": waiting, "promised": promised, "shipped": shipped, "cancelled": cancelled}
    present = [f"{number(count)} {word}" for word, count in counts.items() if count]
    return f"Open, {counted(sum(counts.values()), 'unit')}: {', '.join(present)}."


def _of_closed(shipped: int, cancelled: int) -> str:
    if shipped and cancelled:
        return (
            f"Closed: {counted(shipped, 'unit')} shipped, {counted(cancelled, 'unit')} cancelled."
        )
    return "All units are shipped." if shipped else "All units are cancelled."
