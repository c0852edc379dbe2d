"""The stock of one sku: its batches, its order lines, and the moves between them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from allocation.domain.attributes import identity
from allocation.domain.batch import Batch
from allocation.domain.batches import Batches
from allocation.domain.cascade import Cascade
from allocation.domain.errors import UnknownBatch
from allocation.domain.events import (
    Allocated,
    BatchQuantityAdjusted,
    Deallocated,
    DelayContinued,
    Event,
    FillContinued,
    OutOfStock,
    PromiseChanged,
    PromiseReviewRequired,
    ReceiptContinued,
    ReleaseContinued,
)
from allocation.domain.order_line import ALLOCATED, WAITING, OrderLine, Part, Parts, Promise
from allocation.domain.order_lines import LineChanges, OrderLines
from allocation.domain.parts import earliest, joined, last_promise, moved, told_apart
from allocation.domain.portions import Release, promise_lost
from allocation.domain.rooms import Placement
from allocation.domain.validation import clean_text


class Changes(NamedTuple):
    """What has changed in a product."""

    batches: list[Batch]
    lines: LineChanges
    added: list[str]
    """The references of the new batches."""


class Stock:
    """The state of a product, and the moves that all of its rules consist of.

    A rule appends the events that other rules must handle to `events`, and what has happened to
    units to `facts`. It adds 1 to `version_number` if it changes anything.
    """

    sku: Final[str] = identity("_sku", "The product's name.")

    def __init__(self, sku: str, version_number: int = 0) -> None:
        self._sku = clean_text("sku", sku)
        self.version_number = version_number
        self.lines = OrderLines()
        self.batches = Batches(self.lines)
        self.cascade = Cascade(sku, self.batches, self.lines)
        self.out_of_stock = False
        """Whether `OutOfStock` was raised since the stock grew last."""
        self.events: list[Event] = []
        self.facts: list[Event] = []
        self.reviews: list[Event] = []
        """Follow-ups that are handled after all events, and not by the chapter's bus."""
        self._added: list[str] = []

    @property
    def today(self) -> date:
        """The date on which the rules decide: an earlier batch that has not arrived is overdue."""
        return self.batches.today

    @today.setter
    def today(self, today: date) -> None:
        if today != self.batches.today:
            self.batches.decide_on(today)

    @property
    def has_changes(self) -> bool:
        """Whether batches or lines have changed since the last call of `take_changes`."""
        return bool(self.batches.unsaved or self.lines.unsaved)

    def take_changes(self) -> Changes:
        """The changes since the last call."""
        batches = self.batches.unsaved
        changes = Changes([*batches.values()], self.lines.take_changes(), self._added)
        batches.clear()
        self._added = []
        return changes

    def _hold(self, batch: Batch) -> None:
        """Add a new batch."""
        if batch.sku != self.sku:
            raise ValueError(f"{batch!r} is of {batch.sku}, not of {self!r}")
        self.batches.add(batch)
        self.batches.unsaved[batch.reference] = batch
        self._added.append(batch.reference)

    def _batch(self, ref: str) -> Batch:
        batch = self.batches.find(ref)
        if batch is None:
            raise UnknownBatch(ref)
        return batch

    def _batch_of(self, part: Part) -> Batch:
        return self._batch(part.batchref or "")

    def _allocate(self, parts: Parts, line: OrderLine, placements: Iterable[Placement]) -> Parts:
        """Allocate units that the line did not have before."""
        for batch, qty in placements:
            number = self.lines.next_number()
            new = self._allocated(line, qty, batch, number)
            if parts:
                first = parts[0]
                new = new._replace(position=first.position, first_qty=first.first_qty)
            parts = joined(parts, new)
            batch.change_allocated(qty)
            self._record_allocation(line, qty, batch)
        self.lines.put(parts)
        return parts

    def _move(
        self, parts: Parts, part: Part, placements: Iterable[Placement], reason: str
    ) -> Parts:
        """Move units of a waiting or allocated part to batches."""
        line = part.line
        for batch, qty in placements:
            current = next(p for p in parts if (p.state, p.batchref) == (part.state, part.batchref))
            target = self._allocated(line, qty, batch, self.lines.next_number(), part)
            self._tell_apart(parts, target)
            parts = moved(parts, current, qty, target)
            day = None
            if part.state == ALLOCATED:
                source = self._batch_of(part)
                day = source.promised_date(self.today)
                source.change_allocated(-qty)
                self._record_loss(line, qty, source, reason)
            batch.change_allocated(qty)
            self._record_allocation(line, qty, batch, backordered=True)
            self._tell(current, qty, last_promise(part, day), batch)
        self.lines.put(parts)
        return parts

    def _allocated(
        self, line: OrderLine, qty: int, batch: Batch, number: int, source: Part | None = None
    ) -> Part:
        """A part that is allocated to a batch."""
        day = batch.promised_date(self.today)
        if source is None:
            due, ref = line.required_by, batch.reference
            return Part(line, qty, number, ALLOCATED, ref, number, day, None, due)
        first = source.first_promised or day
        is_later = first is not None and day is not None and day > first
        return source._replace(
            qty=qty,
            state=ALLOCATED,
            batchref=batch.reference,
            allocation_number=number,
            first_promised=first,
            due=earliest(line.required_by, first if is_later else None, source.due),
            stale_promise=None,
        )

    def _tell_apart(self, parts: Parts, new: Part) -> None:
        """Tell what is to be told of units before they join an existing part."""
        for part in told_apart(parts, new):
            self._tell_now(part)

    def _tell_now(self, part: Part) -> None:
        """Record that the promise that was told last of a part has changed, or is lost."""
        if part.state == ALLOCATED:
            self._tell(part, part.qty, part.stale_promise, self._batch_of(part))
        elif part.state == WAITING:
            self.facts.append(promise_lost(part))

    def _tell(self, part: Part, qty: int, stale_promise: Promise | None, batch: Batch) -> None:
        """Record that a promise has changed, if the customer was told another one, or none."""
        day = batch.promised_date(self.today)
        if stale_promise == (batch.reference, day) or (
            stale_promise is None and part.first_promised is None
        ):
            return
        batchref, day_before = stale_promise or (None, None)
        line, first = part.line, part.first_promised
        fact = line.orderid, line.sku, qty, batchref, day_before, batch.reference, day
        self.facts.append(PromiseChanged(*fact, line.line or None, line.required_by, first))

    def _record_allocation(
        self,
        line: OrderLine,
        qty: int,
        batch: Batch,
        *,
        backordered: bool = False,
        before: int | None = None,
    ) -> None:
        fact = line.orderid, line.sku, qty, batch.reference, backordered
        self.events.append(Allocated(*fact, line.line or None, batch.eta, before))

    def _record_loss(self, line: OrderLine, qty: int, batch: Batch, reason: str) -> None:
        fact = line.orderid, line.sku, qty, batch.reference, reason
        self.facts.append(Deallocated(*fact, line.line or None, batch.eta))

    def _record_adjustment(self, batch: Batch, by: int, reason: str) -> None:
        if by:
            self.facts.append(BatchQuantityAdjusted(batch.reference, by, reason))

    def _change_units(self, batch: Batch, by: int, reason: str) -> None:
        """Add allocated units to a batch, or, if negative, take them off.

        If an unfinished release is to leave fewer units than those, the batch held more than was
        counted: the quantity is corrected by the others.
        """
        target = batch.target_quantity
        if target is not None and target + by < 0:
            self._record_adjustment(batch, -target - by, reason)
        batch.change_units(by)

    def _continue_release(
        self, batch: Batch, before: int | None, reason: str | None = None
    ) -> None:
        """Have a batch release the units that are too many, if it may hold another number now."""
        limit = batch.allocatable_quantity
        if limit != before and batch.allocated_quantity > limit:
            self.events.append(ReleaseContinued(batch.reference, limit, reason))

    def _release(self, batch: Batch, reason: str) -> Release:
        """Release a portion of the lines of a batch, and have the next steps done."""
        released = self.cascade.release(batch, reason)
        self.facts += released.facts()
        self.version_number += 1
        self._raise(self.cascade.after_release(released))
        return released

    def _fill(self) -> None:
        """Request allocation for the waiting and late lines that fit."""
        self._raise(self.cascade.fill())

    def _fill_again(self) -> None:
        """Fill as a message does that may change nothing else."""
        before = self.cascade.progress
        self._fill()
        if self.cascade.progress != before:
            self.version_number += 1

    def _raise(self, events: Sequence[Event]) -> None:
        self.events += events
        if any(isinstance(event, OutOfStock) for event in events):
            self.out_of_stock = True
        if self.cascade.unreported and not any(type(each) in _CONTINUATIONS for each in events):
            self.reviews.append(PromiseReviewRequired(self.sku, 0))


_CONTINUATIONS: Final = (ReleaseContinued, FillContinued, DelayContinued, ReceiptContinued)
"""The messages after which a cascade goes on."""
