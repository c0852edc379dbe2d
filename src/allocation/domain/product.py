"""The product: one sku with its batches and its order lines; the consistency boundary."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple, Self

from allocation.domain.attributes import identity
from allocation.domain.batch import Batch
from allocation.domain.batches import Batches, StoredBatches
from allocation.domain.cascade import Cascade
from allocation.domain.errors import LineConflict, UnknownBatch
from allocation.domain.events import (
    Allocated,
    Backordered,
    BatchQuantityAdjusted,
    Event,
    OutOfStock,
)
from allocation.domain.order_line import Allocation, OrderLine
from allocation.domain.order_lines import OrderLines
from allocation.domain.policies import STANDARD, Policies
from allocation.domain.portions import QUANTITY_CHANGED, Release
from allocation.domain.validation import check_quantity, clean_text


class Changes(NamedTuple):
    """The changes of a product that are not written yet."""

    batches: list[Batch]
    lines: list[Allocation]
    added: Collection[str]
    """The references of the new batches."""


class Product:
    """The aggregate: one sku; its methods validate first and change state afterwards.

    `version_number` counts the changes. `events` are handled; `facts` are only recorded, so that
    every quantity and every waiting line can be explained. Once all events have been handled, no
    line waits while a batch has room for it.

    `OutOfStock` is raised when there is no room for a new line for the first time since the stock
    grew (the flag `out_of_stock`), and when a correction leaves a released line without stock.

    Raises:
        InvalidValue: the sku is invalid.
        ValueError: a batch is of another sku, belongs to another product, or has the reference
            of another batch.
        LineConflict: two batches have allocated a line of one order, in different quantities.
        AlreadyAllocated: two batches have allocated the same line.
    """

    sku: Final[str] = identity("_sku", "The product's name.")

    def __init__(
        self,
        sku: str,
        batches: Iterable[Batch] = (),
        version_number: int = 0,
        *,
        policies: Policies = STANDARD,
    ) -> None:
        self._sku = clean_text("sku", sku)
        self.version_number = version_number
        self.out_of_stock = False
        self.events: list[Event] = []
        self.facts: list[Event] = []
        self.lines = OrderLines()
        self.batches = Batches(self.lines)
        self.cascade = Cascade(self.sku, self.batches, self.lines)
        self._added: list[str] = []
        self.decide_by(policies)
        for batch in batches:
            if self.batches.find(batch.reference) is not None:
                raise ValueError(f"{self!r} has two batches {batch.reference}")
            self._hold(batch)

    @classmethod
    def restore(  # noqa: PLR0913 - all recorded attributes of a product
        cls,
        sku: str,
        batches: Iterable[Batch],
        version_number: int,
        lines: OrderLines,
        *,
        out_of_stock: bool,
        lost: int = 0,
        fill_after: int | None = None,
        stored: StoredBatches | None = None,
        policies: Policies = STANDARD,
    ) -> Self:
        """Make an unchanged product from its stored attributes.

        `batches` are the open batches and those that have changed since they were stored; without
        `stored`, all batches.
        """
        product = cls(sku, (), version_number)
        product.lines = lines
        product.out_of_stock = out_of_stock
        product.batches = Batches(lines, stored)
        product.cascade = Cascade(sku, product.batches, lines, lost=lost, fill_after=fill_after)
        product.decide_by(policies)
        for batch in batches:
            product.batches.add(batch)
        return product

    def __repr__(self) -> str:
        return f"<Product {self.sku}>"

    def decide_by(self, policies: Policies) -> None:
        """Decide by these policies from now on."""
        self.lines.decide_by(policies)
        self.batches.decide_by(policies)

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
        self.out_of_stock = False
        self._raise(self.cascade.fill())

    def allocate(self, line: OrderLine) -> str | None:
        """Allocate the line to the preferred batch, or let it wait if no batch has room for it.

        An allocated line keeps its batch. For a waiting line, allocation is attempted again;
        nothing changes if there is still no room for it.

        Returns:
            The reference of the batch; None for a line that waits.

        Raises:
            ValueError: the line is for another sku.
            LineConflict: the order has a line for this sku with another quantity.
        """
        if line.sku != self.sku:
            raise ValueError(f"{line} is not for {self!r}")
        current = self.lines.find(line.orderid)
        if current is not None and current.line.qty != line.qty:
            raise LineConflict(line.orderid, line.sku, current.line.qty, line.qty)
        if current is not None and current.batchref is not None:
            return current.batchref
        batch = self.batches.first_with_room(line.qty)
        if batch is None:
            self._keep_waiting(line, current)
            return None
        batch.allocate(line)
        self.version_number += 1
        allocated = Allocated(
            line.orderid, line.sku, line.qty, batch.reference, backordered=current is not None
        )
        self.events.append(allocated)
        return batch.reference

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
            InvalidValue: `qty` is not an integer, or less than zero.
        """
        batch = self._batch(ref)
        before = batch.purchased_quantity
        if before == qty and batch.target_quantity is None:
            return []
        self._record_adjustment(batch, qty, reason)
        released = self._release(batch, qty, reason)
        if qty > before:
            self.out_of_stock = False
        self._raise(self.cascade.after_release(released))
        return released.lines

    def continue_release(self, ref: str, qty: int, reason: str | None = None) -> None:
        """Release the next portion; after the last one, request allocation for lines that fit.

        Nothing happens if the batch has been corrected since the release began.

        Raises:
            UnknownBatch: the product has no such batch.
        """
        batch = self._batch(ref)
        if batch.target_quantity == qty:
            self._raise(self.cascade.after_release(self._release(batch, qty, reason)))

    def continue_fill(self, after: int) -> None:
        """Request allocation for the next portion of waiting lines that fit.

        Nothing happens if another fill has begun since this one.
        """
        if self.cascade.fill_after == after:
            self._raise(self.cascade.fill(after))
            self.version_number += 1

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

    def _keep_waiting(self, line: OrderLine, current: Allocation | None) -> None:
        if current is not None:
            # Another line has taken the room in the meantime; the remaining room may be enough
            # for a smaller or younger line.
            batch = self.batches.first_with_room(1)
            if batch is not None:
                self._fill_again()
            return
        self.lines.backorder(line)
        self.facts.append(Backordered(line.orderid, line.sku, line.qty))
        self.version_number += 1
        if not self.out_of_stock:
            self._raise([OutOfStock(self.sku)])

    def _fill_again(self) -> None:
        cascade = self.cascade
        before = cascade.lost, cascade.fill_after
        self._raise(cascade.fill())
        if before != (cascade.lost, cascade.fill_after):
            self.version_number += 1

    def _record_adjustment(self, batch: Batch, qty: int, reason: str | None) -> None:
        check_quantity("qty", qty, least=0)
        by = qty - batch.recorded_quantity
        if by:
            fact = BatchQuantityAdjusted(batch.reference, by, reason or QUANTITY_CHANGED)
            self.facts.append(fact)

    def _release(self, batch: Batch, qty: int, reason: str | None) -> Release:
        released = self.cascade.release(batch, qty, reason)
        self.facts += released.facts()
        self.version_number += 1
        return released

    def _raise(self, events: Sequence[Event]) -> None:
        self.events += events
        if any(isinstance(event, OutOfStock) for event in events):
            self.out_of_stock = True
