"""The product: one sku, its batches and its order lines; the boundary of consistency."""

from bisect import insort
from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import Final, NamedTuple, Self

from allocation.domain.batch import Batch
from allocation.domain.errors import LineConflict, UnknownBatch
from allocation.domain.events import (
    Allocated,
    AllocationRequired,
    Backordered,
    Deallocated,
    Event,
    OutOfStock,
)
from allocation.domain.order_line import Allocation, OrderLine
from allocation.domain.order_lines import OrderLines
from allocation.domain.policies import (
    choose_batch,
    oldest_first_each_that_fits,
    warehouse_first_then_earliest,
)
from allocation.domain.validation import clean_text

QUANTITY_CHANGED: Final = "quantity changed"
"""Why lines are taken off a batch: it holds less than was recorded."""


class Changes(NamedTuple):
    """What has changed in a product: the batches and the lines to write down."""

    batches: list[Batch]
    lines: list[Allocation]
    added: Collection[str]
    """The references of those batches that are new."""


class Product:
    """All that is known of one sku; its methods check first and change afterwards.

    `version_number` counts the changes. `events` holds what was raised and not yet
    collected; `facts` holds what else has happened, which nobody acts on: it is recorded, so
    that every quantity and every waiting line can be explained. No line waits while a batch
    has room for it, once the events have been handled. `OutOfStock` is raised when a new line
    finds no room for the first time since the stock grew (`out_of_stock` remembers it), and
    whenever a correction leaves a line without stock: those who must know are told once each
    time.

    Raises:
        InvalidValue: the sku cannot be.
        ValueError: a batch is of another sku, belongs to another product, or has the
            reference of one before it.
        LineConflict: two batches have promised a line of one order, in different quantities.
        AlreadyAllocated: two batches have promised the same line.
    """

    def __init__(self, sku: str, batches: Iterable[Batch] = (), version_number: int = 0) -> None:
        self.sku = clean_text("sku", sku)
        self.batches: list[Batch] = []
        self._preferred: list[Batch] = []
        self.version_number = version_number
        self.out_of_stock = False
        self.events: list[Event] = []
        self.facts: list[Event] = []
        self.lines = OrderLines()
        self._changed: dict[str, Batch] = {}
        self._added: list[str] = []
        references = set[str]()
        for batch in batches:
            if batch.reference in references:
                raise ValueError(f"{self!r} has two batches {batch.reference}")
            references.add(batch.reference)
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
    ) -> Self:
        """The product as it is on record, with nothing changed."""
        product = cls(sku, (), version_number)
        product.lines = lines
        product.out_of_stock = out_of_stock
        for batch in batches:
            product._hold(batch)
        product.take_changes()
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
        known = next((b for b in self.batches if b.reference == batch.reference), None)
        if known is batch:
            return
        if known is not None:
            known.ensure_same_facts(batch)
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
        known = self.lines.find(line.orderid)
        if known is not None and known.line.qty != line.qty:
            raise LineConflict(line.orderid, line.sku, known.line.qty, line.qty)
        if known is not None and known.batchref is not None:
            return known.batchref
        batch = choose_batch(line, self._preferred)
        if batch is None:
            self._keep_waiting(line, known)
            return None
        batch.allocate(line)
        self._changed[batch.reference] = batch
        self.version_number += 1
        allocated = Allocated(
            line.orderid, line.sku, line.qty, batch.reference, backordered=known is not None
        )
        self.events.append(allocated)
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
        batch = next((b for b in self.batches if b.reference == ref), None)
        if batch is None:
            raise UnknownBatch(ref)
        before = batch.purchased_quantity
        if before == qty:
            return []
        batch.resize(qty)
        taken_off: list[OrderLine] = []
        while batch.available_quantity < 0:
            taken_off.append(line := batch.deallocate_one())
            fact = Deallocated(line.orderid, line.sku, line.qty, ref, QUANTITY_CHANGED)
            self.facts.append(fact)
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
        batch.keep_lines_in(self.lines)
        self.batches.append(batch)
        insort(self._preferred, batch, key=warehouse_first_then_earliest)
        self._changed[batch.reference] = batch
        self._added.append(batch.reference)

    def _keep_waiting(self, line: OrderLine, known: Allocation | None) -> None:
        if known is not None:
            # Its room went to another line in the meantime; what is left of that room
            # may do for a line that is smaller, or younger.
            self._require_allocation(())
            return
        self.lines.backorder(line)
        self.facts.append(Backordered(line.orderid, line.sku, line.qty))
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
        fitting = oldest_first_each_that_fits(self._preferred, self.lines.waiting)
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
