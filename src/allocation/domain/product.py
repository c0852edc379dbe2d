"""The product: one sku, its batches and its order lines; the boundary of consistency."""

from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import NamedTuple, Self

from allocation.domain.batch import Batch
from allocation.domain.batches import Batches, StoredBatches
from allocation.domain.errors import LineConflict, UnknownBatch
from allocation.domain.events import Allocated, AllocationRequired, Event, OutOfStock
from allocation.domain.order_line import Allocation, OrderLine
from allocation.domain.order_lines import OrderLines
from allocation.domain.policies import oldest_first_each_that_fits
from allocation.domain.validation import clean_text


class Changes(NamedTuple):
    """What has changed in a product: the batches and the lines to write down."""

    batches: list[Batch]
    lines: list[Allocation]
    added: Collection[str]
    """The references of those batches that are new."""


class Product:
    """All that is known of one sku; its methods check first and change afterwards.

    `version_number` counts the changes. `events` holds what was raised and not yet
    collected. No line waits while a batch has room for it, once the events have been
    handled. `OutOfStock` is raised when a new line finds no room for the first time since
    the stock grew (`out_of_stock` remembers it), and whenever a correction leaves a line
    without stock: those who must know are told once each time.

    Raises:
        InvalidValue: the sku cannot be.
        ValueError: a batch is of another sku, belongs to another product, or has the
            reference of one before it.
        LineConflict: two batches have promised a line of one order, in different quantities.
        AlreadyAllocated: two batches have promised the same line.
    """

    def __init__(self, sku: str, batches: Iterable[Batch] = (), version_number: int = 0) -> None:
        self.sku = clean_text("sku", sku)
        self.version_number = version_number
        self.out_of_stock = False
        self.events: list[Event] = []
        self.lines = OrderLines()
        self.batches = Batches(self.lines)
        self._changed: dict[str, Batch] = {}
        self._added: list[str] = []
        for batch in batches:
            if self.batches.find(batch.reference) is not None:
                raise ValueError(f"{self!r} has two batches {batch.reference}")
            self._hold(batch)

    @classmethod
    def restore(
        cls,
        sku: str,
        batches: Iterable[Batch],
        version_number: int,
        lines: OrderLines,
        *,
        out_of_stock: bool,
        stored: StoredBatches | None = None,
    ) -> Self:
        """The product as it is on record, with nothing changed.

        `batches` are all that have room, or have changed since they were stored; where
        nothing is stored, they are all that there are.
        """
        product = cls(sku, (), version_number)
        product.lines = lines
        product.out_of_stock = out_of_stock
        product.batches = Batches(lines, stored)
        for batch in batches:
            product.batches.add(batch)
        return product

    def __repr__(self) -> str:
        return f"<Product {self.sku}>"

    def add_batch(self, batch: Batch) -> None:
        """Take in new stock, and offer it to the waiting lines.

        A batch that is known already with the same facts changes nothing.

        Raises:
            BatchConflict: its reference is taken by another batch.
            LineConflict: it has promised a line that is known with another quantity.
            AlreadyAllocated: it has promised a line that another batch has promised.
            ValueError: it is of another sku, belongs to another product, or is known and
                comes with promises of its own.
        """
        current = self.batches.find(batch.reference)
        if current is batch:
            return
        if current is not None:
            current.ensure_same_facts(batch)
            if batch.allocated_quantity:
                raise ValueError(f"{batch!r} is known, and its promises here are not")
            return
        self._hold(batch)
        self.version_number += 1
        self.out_of_stock = False
        self._require_allocation(())

    def allocate(self, line: OrderLine) -> str | None:
        """Promise the line from the preferred batch, or let it wait if none can hold it.

        A line that is promised already keeps its promise; a line that waits is tried
        again, and nothing changes if it still finds no room.

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
        self._changed[batch.reference] = batch
        self.version_number += 1
        self.events.append(Allocated(line.orderid, line.sku, line.qty, batch.reference))
        return batch.reference

    def change_batch_quantity(self, ref: str, qty: int) -> list[OrderLine]:
        """Correct a batch's quantity, and see to the lines that this concerns.

        Lines that no longer fit are taken off, the one promised last first, and wait;
        each requires a new allocation, as do the waiting lines for which there is room.

        Returns:
            The lines that were taken off, in that order.

        Raises:
            UnknownBatch: the product has no such batch.
            InvalidValue: `qty` is no integer, or less than zero.
        """
        batch = self.batches.find(ref)
        if batch is None:
            raise UnknownBatch(ref)
        before = batch.purchased_quantity
        if before == qty:
            return []
        batch.resize(qty)
        taken_off: list[OrderLine] = []
        while batch.available_quantity < 0:
            taken_off.append(batch.deallocate_one())
        self._changed[ref] = batch
        self.version_number += 1
        if qty > before:
            self.out_of_stock = False
        if self._require_allocation(taken_off):
            self._say_out_of_stock()
        return taken_off

    def take_changes(self) -> Changes:
        """What has changed since this was asked last."""
        changes = Changes([*self._changed.values()], self.lines.take_changes(), self._added)
        self._changed.clear()
        self._added = []
        return changes

    def _hold(self, batch: Batch) -> None:
        if batch.sku != self.sku:
            raise ValueError(f"{batch!r} is of {batch.sku}, not of {self!r}")
        self.batches.add(batch)
        self._changed[batch.reference] = batch
        self._added.append(batch.reference)

    def _keep_waiting(self, line: OrderLine, current: Allocation | None) -> None:
        if current is not None:
            # Its room went to another line in the meantime; what is left of that room
            # may do for a line that is smaller, or younger.
            self._require_allocation(())
            return
        self.lines.backorder(line)
        self.version_number += 1
        if not self.out_of_stock:
            self._say_out_of_stock()

    def _say_out_of_stock(self) -> None:
        self.out_of_stock = True
        self.events.append(OutOfStock(self.sku))

    def _require_allocation(self, taken_off: Iterable[OrderLine]) -> bool:
        """Ask for the waiting lines that fit, and for those that were taken off.

        Returns:
            Whether one that was taken off fits nowhere.
        """
        fitting = oldest_first_each_that_fits(self.batches.rooms(), self.lines.waiting)
        required = {allocation.line.orderid: allocation.line for allocation in fitting}
        fit = len(required)
        # Those that fit go first, so that the room is gone when the others are tried:
        # none of them then asks for a line that has been asked for already.
        lost = [self.lines.find(line.orderid) for line in taken_off]
        for allocation in sorted((p for p in lost if p), key=attrgetter("position")):
            required.setdefault(allocation.line.orderid, allocation.line)
        for line in required.values():
            self.events.append(AllocationRequired(line.orderid, line.sku, line.qty))
        return len(required) > fit
