"""Portions: the parts of order lines that are released, or requested, by one message."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Final, NamedTuple

from allocation.domain.batch import Batch
from allocation.domain.batches import Batches
from allocation.domain.events import (
    AllocationRequired,
    Deallocated,
    Event,
    PromiseLost,
    ReleaseContinued,
)
from allocation.domain.order_line import ALLOCATED, WAITING, OrderLine, Part
from allocation.domain.order_lines import OrderLines
from allocation.domain.parts import units_to_lose, waiting_part
from allocation.domain.rooms import PlannedRooms

PORTION: Final = 128
"""The maximum number of lines that one message releases or requests."""

QUANTITY_CHANGED: Final = "quantity changed"
"""The reason of a deallocation for which the correction of the batch gives none."""


class Loss(NamedTuple):
    """Units of a line that were deallocated from a batch, and wait.

    `told_apart` are the waiting units of which the loss is to be told at once.
    """

    line: OrderLine
    qty: int
    told_apart: Sequence[Part] = ()

    @property
    def least_room(self) -> int:
        """The least room that the units can use."""
        return self.line.least_room(self.qty)


class Release(NamedTuple):
    """A portion of the units deallocated from a batch that must lose some."""

    batch: Batch
    losses: list[Loss]
    """The losses in the order in which they happened."""
    reason: str

    @property
    def lines(self) -> list[OrderLine]:
        """The lines that have lost units."""
        return [loss.line for loss in self.losses]

    @property
    def is_last(self) -> bool:
        """Whether no more units are allocated than may be."""
        return self.batch.allocated_quantity <= self.batch.allocatable_quantity

    def facts(self) -> list[Event]:
        """The deallocations of this portion, and the losses that are told at once."""
        ref, reason, facts = self.batch.reference, self.reason, list[Event]()
        for line, qty, apart in self.losses:
            fact = line.orderid, line.sku, qty, ref, reason, line.line or None, self.batch.eta
            facts.append(Deallocated(*fact))
            facts += map(promise_lost, apart)
        return facts

    def continuation(self) -> ReleaseContinued:
        """The message that starts the next portion."""
        return ReleaseContinued(self.batch.reference, self.batch.allocatable_quantity, self.reason)


def release(batch: Batch, lines: OrderLines, reason: str, today: date) -> Release:
    """Deallocate units, of a portion of lines at most, until no more are allocated than may be.

    A line that may be split loses only the units that are too many; another one loses all. Until
    the last portion, the quantity of a batch with a target equals its allocated quantity.
    """
    limit, losses = batch.allocatable_quantity, list[Loss]()
    day = batch.promised_date(today)
    while batch.allocated_quantity > limit and len(losses) < PORTION:
        part = lines.first_to_release(batch.reference)
        if part is None:
            raise LookupError(f"{batch!r} has no line to deallocate")
        qty = units_to_lose(part, batch.allocated_quantity - limit)
        apart = batch.deallocate(part, qty, day)
        losses.append(Loss(part.line, qty, apart))
    batch.approach_target()
    return Release(batch, losses, reason)


class Planned(NamedTuple):
    """A part for which there is room, and how many of its units fit."""

    part: Part
    qty: int


class Fill(NamedTuple):
    """A portion of the waiting and late parts for which there is room, in the order of service."""

    parts: list[Part]
    is_last: bool
    short: int
    """The number of waiting parts that get only some of their units."""

    @classmethod
    def of(cls, planned: Sequence["Planned"], *, is_last: bool) -> "Fill":
        """The portion of these plans."""
        short = [part for part, qty in planned if part.state == WAITING and qty < part.qty]
        return cls([part for part, _ in planned], is_last, len(short))

    @property
    def leaves_room(self) -> bool:
        """Whether parts move that are allocated now, and leave room on their batches."""
        return any(part.state == ALLOCATED for part in self.parts)

    def requests(self) -> list[AllocationRequired]:
        """The requests that allocate these lines."""
        return requests({part.line.key: part.line for part in self.parts}.values())

    def without_room(self, released: Iterable[OrderLine], lines: OrderLines) -> list[OrderLine]:
        """The released lines that are not in this portion, by position."""
        requested = {part.line.key for part in self.parts}
        others = (lines.find(*line.key) for line in released if line.key not in requested)
        parts = filter(None, (waiting_part(parts) for parts in others))
        return [part.line for part in sorted(parts, key=attrgetter("position"))]

    @property
    def continues_after(self) -> int | None:
        """The position behind which the next portion starts; None after the last one."""
        return None if self.is_last else self.parts[-1].position


def fill(batches: Batches, lines: OrderLines, after: int = 0) -> Fill:
    """Find the next waiting and late parts behind a position that fit together.

    If lines are not served by position, a position is no cursor, and all parts are one portion.
    """
    rooms = batches.rooms()
    fitting = _each_that_fits(_queue(batches, lines, rooms, after), batches, rooms)
    if not lines.is_in_recorded_order:
        return Fill.of(list(fitting), is_last=True)
    return _portion(fitting)


def urgent(delayed: Batch, batches: Batches, lines: OrderLines, after: int = 0) -> Fill:
    """Find the next parts that miss their required day on a delayed batch, and fit elsewhere."""
    rooms = batches.rooms()
    if not rooms.can_be_earlier:
        return Fill.of([], is_last=True)

    def misses(part: Part) -> bool:
        is_here = part.batchref == delayed.reference
        return is_here and delayed.misses_required_day(part, batches.today)

    parts = lines.late(batches.today, rooms.largest, misses, after, batches.rescheduled)
    return _portion(_each_that_fits(parts, batches, rooms))


def promise_lost(part: Part) -> PromiseLost:
    """The fact that waiting units have lost the promise that was told for them."""
    line, promise = part.line, part.stale_promise
    batchref, day = promise or ("", None)
    return PromiseLost(line.orderid, line.sku, part.qty, batchref, day, line.line or None)


def requests(lines: Iterable[OrderLine]) -> list[AllocationRequired]:
    """The requests to serve these lines again."""
    return [
        AllocationRequired(line.orderid, line.sku, line.qty, line.line or None, follows=True)
        for line in lines
    ]


def _portion(fitting: Iterator[Planned]) -> Fill:
    planned = list(islice(fitting, PORTION + 1))
    return Fill.of(planned[:PORTION], is_last=len(planned) <= PORTION)


def _each_that_fits(
    parts: Iterable[Part], batches: Batches, rooms: PlannedRooms
) -> Iterator[Planned]:
    """Yield the parts that fit together, and plan their moves."""
    for part in parts:
        if rooms.largest <= 0:
            return
        if qty := _plan(part, batches, rooms):
            yield Planned(part, qty)


def _queue(batches: Batches, lines: OrderLines, rooms: PlannedRooms, after: int) -> Iterator[Part]:
    waiting = lines.waiting(lambda: rooms.largest, after)
    if rooms.largest <= 0 or not batches.has_shipments or not rooms.can_be_earlier:
        return waiting

    def late(part: Part) -> bool:
        batch = batches.find(part.batchref or "")
        return batch is not None and batch.is_late(part, batches.today)

    parts = lines.late(batches.today, rooms.largest, late, after, batches.rescheduled)
    return merge(waiting, parts, key=attrgetter("position"))


def _plan(part: Part, batches: Batches, rooms: PlannedRooms) -> int:
    """Take the rooms that a part would get; return the number of units for which there are any.

    The room that a late part leaves is not planned: it is offered to all, the oldest first, once
    the part has moved.
    """
    source = batches.find(part.batchref) if part.batchref and part.state == ALLOCATED else None
    before = None if source is None else source.date_to_beat(batches.today)
    placements = rooms.place(part.qty, split=part.line.split, before=before)
    return rooms.take(placements)
