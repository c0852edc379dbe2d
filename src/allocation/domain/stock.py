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
from allocation.domain.order_line import (
    ALLOCATED,
    WAITING,
    LineKey,
    OrderLine,
    Part,
    Parts,
    Promise,
)
from allocation.domain.order_lines import OrderLines
from allocation.domain.parts import (
    earliest,
    existing,
    joined,
    last_promise,
    moved,
    part_on,
    told_apart,
)
from allocation.domain.portions import Release, promise_lost
from allocation.domain.rooms import Placement
from allocation.domain.validation import clean_text


class Changes(NamedTuple):
    """What has changed in a product."""

    batches: dict[str, Batch]
    """The changed batches, by reference."""
    lines: dict[LineKey, Parts]
    """The parts of each changed line, by its key."""
    shortened: dict[LineKey, int]
    """The number of parts that a line had before it lost some, by line."""
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
        batches, added = self.batches.unsaved, self._added
        self.batches.unsaved, self._added = {}, []
        return Changes(batches, *self.lines.take_changes(), added)

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
            new = self._allocated(line, qty, batch)
            if parts:
                first = parts[0]
                new = new._replace(position=first.position, first_qty=first.first_qty)
            parts = joined(parts, new)
            batch.change_allocated(qty)
            self._record_allocation(line, qty, batch)
        self.lines.put(parts)
        return parts

    def _allocated(self, line: OrderLine, qty: int, batch: Batch) -> Part:
        """Units of a line that are allocated to a batch, and were not accepted before."""
        number, day = self.lines.next_number(), batch.promised_date(self.today)
        due, ref = line.required_by, batch.reference
        return Part(line, qty, number, ALLOCATED, ref, number, day, None, due)

    def _move(
        self, parts: Parts, part: Part, placements: Iterable[Placement], reason: str
    ) -> Parts:
        """Move units of a waiting or allocated part to batches."""
        line, today, source = part.line, self.today, None
        if part.state == ALLOCATED:
            source = self._batch_of(part)
        before = last_promise(part, source.promised_date(today) if source else None)
        for batch, qty in placements:
            promise = self._promise_of(batch)
            current = existing(part_on(parts, part.batchref, part.state))
            target = self._moved_to(promise, part, qty)
            self._tell_apart(parts, target)
            parts = moved(parts, current, qty, target)
            if source is not None:
                source.change_allocated(-qty)
                self._record_loss(line, qty, source, reason)
            batch.change_allocated(qty)
            self._record_allocation(line, qty, batch, backordered=True)
            self._tell(current, qty, before, promise)
        self.lines.put(parts)
        return parts

    def _moved_to(self, promise: Promise, part: Part, qty: int) -> Part:
        """Units of a part that are allocated to another batch, with this promise."""
        ref, day = promise
        first, due = part.first_promised or day, part.due
        if first is not None and day is not None and day > first:
            due = earliest(first, due)
        required_by, number = part.line.required_by, self.lines.next_number()
        if required_by is not None:
            due = earliest(required_by, due)
        return Part(
            part.line, qty, part.position, ALLOCATED, ref, number, first, part.first_qty, due
        )

    def _tell_apart(self, parts: Parts, new: Part) -> None:
        """Tell what is to be told of units before they join an existing part."""
        for part in told_apart(parts, new):
            self._tell_now(part)

    def _tell_now(self, part: Part) -> None:
        """Record that the promise that was told last of a part has changed, or is lost."""
        if part.state == ALLOCATED:
            promise = self._promise_of(self._batch_of(part))
            self._tell(part, part.qty, part.stale_promise, promise)
        elif part.state == WAITING:
            self.facts.append(promise_lost(part))

    def _tell(self, part: Part, qty: int, before: Promise | None, now: Promise) -> None:
        """Record that a promise has changed, if the customer was told another one, or none."""
        if before == now or (before is None and part.first_promised is None):
            return
        line, first = part.line, part.first_promised
        batchref, day = before or (None, None)
        fact = line.orderid, line.sku, qty, batchref, day, now.batchref, now.day
        self.facts.append(PromiseChanged(*fact, line.line or None, line.required_by, first))

    def _promise_of(self, batch: Batch) -> Promise:
        """What is told now of units that are allocated to a batch."""
        return Promise(batch.reference, batch.promised_date(self.today))

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
            self.reviews = [PromiseReviewRequired(self.sku, 0)]  # one is enough for a message


_CONTINUATIONS: Final = (ReleaseContinued, FillContinued, DelayContinued, ReceiptContinued)
"""The messages after which a cascade goes on."""
