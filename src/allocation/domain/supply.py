"""The rules about the batches of a product."""

from datetime import date
from itertools import islice
from typing import Final, NamedTuple

from allocation.domain.batch import Batch
from allocation.domain.errors import AlreadyReceived, BatchClosed
from allocation.domain.events import (
    BackInStock,
    BatchReceived,
    DelayContinued,
    ReceiptContinued,
)
from allocation.domain.order_line import OrderLine, Part
from allocation.domain.parts import earliest, last_promise, moved, replaced
from allocation.domain.portions import PORTION, QUANTITY_CHANGED
from allocation.domain.stock import Stock
from allocation.domain.validation import check_quantity

CANCELLED: Final = "batch cancelled"
BLOCKED: Final = "batch blocked"
"""The reasons of deallocations for which the request gives none."""


class Receipt(NamedTuple):
    """What the arrival of a part of a shipment comes to."""

    repeated: bool
    """Whether it was recorded before."""
    unexpected: int
    """How many units more have arrived than were expected."""


class Supply(Stock):
    """What a product does when its batches change."""

    def add_batch(self, batch: Batch) -> None:
        """Add new stock, and request allocation for the waiting lines that fit.

        A batch that exists already with the same attributes changes nothing.

        Raises:
            BatchConflict: the reference belongs to another batch.
            LineConflict: the batch has a line that the product has with another quantity.
            AlreadyAllocated: the batch has a line that is allocated to another batch.
            ValueError: the batch is of another sku, belongs to another product, or repeats an
                existing batch but has allocated lines.
        """
        current = self.batches.find(batch.reference)
        if current is batch:
            return
        if current is not None:
            current.ensure_same_attributes(batch)
            if batch.allocated_quantity:
                raise ValueError(f"{batch!r} exists already, without these allocated lines")
            return
        self._hold(batch)
        self.version_number += 1
        self._restock()
        self._fill()

    def change_batch_quantity(
        self, ref: str, qty: int, reason: str | None = None
    ) -> list[OrderLine]:
        """Correct a batch's quantity, and move the lines concerned.

        Lines that no longer fit are released, the one allocated last first, and wait. Then
        allocation is requested for the waiting lines that fit, including the released ones.
        `ReleaseContinued` and `FillContinued` move the lines beyond the first portion. A correction
        takes over an unfinished release of its batch. The `reason` is recorded with each released
        line.

        Returns:
            The released lines of the first portion, in the order of release.

        Raises:
            UnknownBatch: the product has no such batch.
            BatchClosed: the batch is cancelled.
            InvalidValue: `qty` is not an integer, or less than zero.
        """
        batch = self._open_batch(ref)
        before = batch.purchased_quantity
        if before == qty and batch.target_quantity is None:
            return []
        check_quantity("qty", qty, least=0)
        reason = reason or QUANTITY_CHANGED
        self._record_adjustment(batch, qty - batch.recorded_quantity, reason)
        if qty > before and not batch.blocked:
            self._restock()
        batch.target_quantity = qty
        return self._release(batch, reason).lines

    def continue_release(self, ref: str, qty: int, reason: str | None = None) -> None:
        """Release the next portion; after the last one, request allocation for lines that fit.

        Nothing happens if the batch has changed since the release began.

        Raises:
            UnknownBatch: the product has no such batch.
        """
        batch = self._batch(ref)
        if batch.allocated_quantity > batch.allocatable_quantity == qty:
            self._release(batch, reason or QUANTITY_CHANGED)

    def continue_fill(self, after: int, *, again: bool = False) -> None:
        """Request allocation for the next portion of lines that fit; see `FillContinued`.

        Nothing happens if another fill has begun since this one.
        """
        if self.cascade.fill_after == after:
            self._raise(self.cascade.fill(after, again=again))
            self.version_number += 1

    def cancel_batch(self, ref: str, reason: str | None = None) -> list[OrderLine]:
        """Take all units off a batch for good, and move its lines; once is enough.

        Returns:
            The released lines of the first portion.

        Raises:
            UnknownBatch: the product has no such batch.
        """
        batch = self._batch(ref)
        if batch.cancelled:
            return []
        reason = reason or CANCELLED
        self._record_adjustment(batch, -batch.recorded_quantity, reason)
        batch.cancelled = True
        batch.target_quantity = 0
        return self._release(batch, reason).lines

    def block_batch(self, ref: str, reason: str | None = None) -> list[OrderLine]:
        """Move the lines of a batch as if it were empty, and allocate none to it; once is enough.

        Returns:
            The released lines of the first portion.

        Raises:
            UnknownBatch: the product has no such batch.
            BatchClosed: the batch is cancelled.
        """
        batch = self._open_batch(ref)
        if batch.blocked:
            return []
        batch.blocked = True
        return self._release(batch, reason or BLOCKED).lines

    def unblock_batch(self, ref: str) -> None:
        """Use a batch again; once is enough.

        Raises:
            UnknownBatch: the product has no such batch.
            BatchClosed: the batch is cancelled.
        """
        batch = self._open_batch(ref)
        if batch.blocked:
            batch.blocked = False
            self.version_number += 1
            self._restock()
            if batch.allocated_quantity > batch.allocatable_quantity:
                self._release(batch, QUANTITY_CHANGED)  # which the block had taken over
            else:
                self._fill()

    def change_batch_eta(self, ref: str, eta: date | None) -> bool:
        """Change the day on which a batch is due; without an `eta`, it has arrived.

        Lines that are late then, on this batch or another one, move where they gain a day; those
        of this batch that would miss their required day first.

        Returns:
            Whether the batch is overdue then.

        Raises:
            UnknownBatch: the product has no such batch.
            BatchClosed: the batch is cancelled.
        """
        batch = self._open_batch(ref)
        if batch.eta != eta:
            before = batch.promised_date(self.today)
            batch.eta = self.batches.rescheduled[ref] = eta
            self.version_number += 1
            self._reschedule(batch, before)
        return batch.is_overdue(self.today)

    def continue_delay(
        self, ref: str, after: int, before: date | None = None, *, noted: bool = False
    ) -> None:
        """Note the next portion of the lines of a batch that is due on another day than `before`.

        With `noted`, request allocation for the next of them that miss their required day.

        Raises:
            UnknownBatch: the product has no such batch.
        """
        batch = self._batch(ref)
        self.version_number += 1
        if noted:
            self._raise(self.cascade.after_delay(batch, after))
        else:
            self._reschedule(batch, before, after)

    def note_overdue(self, ref: str, eta: date) -> None:
        """Have the queue served when a batch has become overdue, since its lines are late now.

        Nothing happens if the batch is due on another day, or has arrived.

        Raises:
            UnknownBatch: the product has no such batch.
        """
        batch = self._batch(ref)
        if batch.eta == eta and batch.is_overdue(self.today):
            self._fill_again()

    def receive_part(self, ref: str, new_ref: str, qty: int) -> Receipt:
        """Make a batch in the warehouse of the units of a shipment that have arrived.

        It takes over the oldest allocations of the shipment that fit. If the rest of the shipment
        cannot hold the others, the oldest of them is on both batches: no line loses its units. If
        more units have arrived than were expected, the shipment holds none. A receipt is repeated
        with the same shipment, batch and quantity, and changes nothing then.

        Raises:
            UnknownBatch: the product has no such batch.
            BatchClosed: the batch is cancelled.
            AlreadyReceived: the batch is in the warehouse.
            BatchConflict: `new_ref` is another batch, or a part of another shipment.
        """
        existing = self.batches.find(new_ref)
        batch = self._batch(ref)
        new = Batch(new_ref, self.sku, qty)
        new.received_from = ref
        if existing is not None:
            existing.ensure_same_receipt(new)
            return Receipt(repeated=True, unexpected=0)
        self._open_batch(ref)
        if batch.eta is None:
            raise AlreadyReceived(ref)
        expected = min(qty, batch.recorded_quantity)
        new.resize(qty - expected)
        self._hold(new)
        new.blocked = batch.blocked
        if not new.blocked:
            self._restock()
        self.facts.append(BatchReceived(new_ref, self.sku, qty))
        self._record_adjustment(new, -expected, _received(new_ref))
        self._receive(batch, new, expected)
        return Receipt(repeated=False, unexpected=qty - expected)

    def continue_receipt(self, ref: str, new_ref: str, qty: int, after: int) -> None:
        """Move the next portion of the allocations of a shipment that has arrived in part.

        If the part has been cancelled since, its units are gone: the shipment loses them, too.

        Raises:
            UnknownBatch: the product has no such batch.
        """
        batch, new = self._batch(ref), self._batch(new_ref)
        expected = min(qty, batch.recorded_quantity)  # the batch may have been corrected since
        if new.cancelled:
            self._lose(batch, expected)
            return
        new.add_units(qty - expected)
        self._record_adjustment(new, qty - expected, _received(new_ref))
        self._receive(batch, new, expected, after)

    def _restock(self) -> None:
        """Note that the stock grows."""
        if self.out_of_stock:
            self.out_of_stock = False
            self.facts.append(BackInStock(self.sku))

    def _open_batch(self, ref: str) -> Batch:
        batch = self._batch(ref)
        if batch.cancelled:
            raise BatchClosed(ref)
        return batch

    def _reschedule(self, batch: Batch, before: date | None, after: int = 0) -> None:
        """Note a portion of the lines whose day has changed; then have the late ones served."""
        day = batch.promised_date(self.today)
        # A continuation goes on although the day is the old one again: later changes have passed
        # it, and would note a day that was never told.
        changed = batch.allocated_quantity > 0 and (after > 0 or day != before)
        portion = list(islice(self.lines.oldest_on(batch.reference, after), PORTION * changed))
        for part in portion:
            first = part.first_promised or day
            due = earliest(part.due, first if day and first and day > first else None)
            parts = self.lines.find(*part.line.key)
            stale = last_promise(part, before)
            now = part._replace(first_promised=first, due=due, stale_promise=stale)
            self.lines.put(replaced(parts, part, now))
        self.cascade.unreported += len(portion)
        if len(portion) < PORTION:
            self._raise(self.cascade.after_delay(batch))
        else:
            last = portion[-1].allocation_number or 0
            self.events.append(DelayContinued(batch.reference, last, before))

    def _receive(self, batch: Batch, new: Batch, qty: int, after: int = 0) -> None:
        """Transfer up to `qty` units with a portion of the allocations that fit."""
        portion = list(islice(self.lines.oldest_on(batch.reference, after), PORTION))
        left, before = qty, batch.allocatable_quantity
        for part in portion:
            if part.qty <= left or (part.line.split and left):
                moving = min(part.qty, left)
                self._transfer(part, moving, batch, new)
                left -= moving
        if len(portion) < PORTION or not left:
            self._finish_receipt(batch, new, left)
            transferred = qty
        else:
            last = portion[-1].allocation_number or 0
            event = ReceiptContinued(batch.reference, new.reference, left, last)
            self.events.append(event)
            transferred = qty - left
        reason = _received(new.reference)
        self._record_adjustment(batch, -transferred, reason)
        self._record_adjustment(new, transferred, reason)
        self._continue_release(batch, before)
        self._continue_release(new, None, BLOCKED if new.blocked else None)
        self.version_number += 1

    def _lose(self, batch: Batch, qty: int) -> None:
        """Take units off a shipment that have arrived, and are gone."""
        if qty:
            batch.target_quantity = batch.recorded_quantity - qty
            self._record_adjustment(batch, -qty, CANCELLED)
            self._release(batch, CANCELLED)

    def _finish_receipt(self, batch: Batch, new: Batch, left: int) -> None:
        """Transfer the last units; the oldest line that is left may be on both batches."""
        # An unfinished release has yet to release the units beyond.
        excess = min(batch.allocated_quantity - (batch.recorded_quantity - left), left)
        while excess > 0:
            oldest = next(self.lines.oldest_on(batch.reference))
            moving = min(oldest.qty, excess)
            self._transfer(oldest, moving, batch, new)
            left -= moving
            excess -= moving
        batch.add_units(-left)
        new.add_units(left)
        if batch.allocated_quantity <= batch.allocatable_quantity:  # else the release fills
            self._fill()

    def _transfer(self, part: Part, qty: int, batch: Batch, new: Batch) -> None:
        """Move units with their allocation to another batch; the allocation keeps its number."""
        target = part._replace(qty=qty, batchref=new.reference, stale_promise=None)
        self.lines.put(moved(self.lines.find(*part.line.key), part, qty, target))
        batch.change_units(-qty)
        new.change_units(qty)
        self._record_loss(part.line, qty, batch, _received(new.reference))
        self._record_allocation(part.line, qty, new, backordered=True)
        before = last_promise(part, batch.promised_date(self.today))
        self._tell(part, qty, before, self._promise_of(new))


def _received(new_ref: str) -> str:
    return f"received as {new_ref}"
