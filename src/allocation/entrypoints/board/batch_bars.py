"""Bars of batches: how full each is, and by which order lines, on one scale for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from allocation.entrypoints.board.formats import counted
from allocation.entrypoints.dates import is_overdue
from allocation.views import BatchView, PromisedUnits

BAR_WIDTH: Final = 700
"""The width of the longest bar in pixels, about; bars are drawn in percent."""

LINES: Final = 60
"""The maximum number of order lines that the bar of a batch tells apart."""

NARROWEST: Final = 3
"""The minimum width of a segment in pixels; narrower ones are joined."""

Kind = Literal["stock", "inbound"]


@dataclass(frozen=True, slots=True)
class Segment:
    """Units of a bar: those of one order line, or of several that are too narrow to tell apart.

    `x` and `width` are in percent of the longest bar.
    """

    x: float
    width: float
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of a batch; `width` is that of its units, in percent of the longest bar.

    `joined` says how many lines share the last segment, and is empty if none do; `text` is the bar
    in a sentence.
    """

    batch: BatchView
    kind: Kind
    width: float
    segments: list[Segment]
    joined: str
    overdue: bool
    text: str


def bars(
    batches: Sequence[tuple[BatchView, Sequence[PromisedUnits]]], today: date
) -> tuple[list[Bar], int]:
    """The bars of batches with the first of their lines, and the units of the longest one.

    More than `LINES` lines of a batch say that it has even more.
    """
    scale_end = max((batch.purchased_quantity for batch, _ in batches), default=0)
    scale = 100 / max(1, scale_end)
    return [_bar(batch, lines, scale, today) for batch, lines in batches], scale_end


def _bar(batch: BatchView, lines: Sequence[PromisedUnits], scale: float, today: date) -> Bar:
    segments, joined = _segments(batch, lines, scale)
    overdue = is_overdue(batch.eta, today)
    return Bar(
        batch,
        "stock" if batch.eta is None else "inbound",
        round(batch.purchased_quantity * scale, 3),
        segments,
        joined,
        overdue,
        _sentence(batch, overdue=overdue),
    )


def _segments(
    batch: BatchView, lines: Sequence[PromisedUnits], scale: float
) -> tuple[list[Segment], str]:
    """The segments of the first lines that are wide enough, and one of all others."""
    least = NARROWEST * 100 / BAR_WIDTH
    wide = [line for line in lines[:LINES] if line.qty * scale >= least]
    segments, units = list[Segment](), 0
    for line in wide:
        label = f"{line.orderid}: {counted(line.qty, 'unit')}"
        segments.append(Segment(round(units * scale, 3), round(line.qty * scale, 3), label))
        units += line.qty
    rest = batch.allocated_quantity - units
    if rest <= 0:
        return segments, ""
    label = f"{counted(rest, 'unit')} of other order lines"
    segments.append(Segment(round(units * scale, 3), round(rest * scale, 3), label))
    return segments, _joined(len(lines) - len(wide), is_all=len(lines) <= LINES)


def _joined(count: int, *, is_all: bool) -> str:
    """How many lines share a segment: so many, or at least so many."""
    if is_all:
        return f"+{counted(count, 'line')}" if count else ""
    return f"at least {counted(count, 'more line')}"


def _sentence(batch: BatchView, *, overdue: bool) -> str:
    free = batch.available_quantity
    place = "in stock" if batch.eta is None else ("overdue" if overdue else "inbound")
    return (
        f"{batch.batchref}, {place}: {batch.allocated_quantity} of "
        f"{counted(batch.purchased_quantity, 'unit')} promised, {free} free"
    )
