"""The product: one sku, its batches and its order lines; the boundary of consistency."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from operator import attrgetter
from typing import Final, NamedTuple, Self

from allocation.domain.attributes import identity
from allocation.domain.batch import Batch
from allocation.domain.batches import Batches, StoredBatches
from allocation.domain.errors import LineConflict, UnknownBatch
from allocation.domain.events import (
    Allocated,
    AllocationRequired,
    Backordered,
    Deallocated,
    Event,
    FillContinued,
    OutOfStock,
    ReleaseContinued,
)
from allocation.domain.order_line import Allocation, OrderLine
from allocation.domain.order_lines import OrderLines
from allocation.domain.policies import STANDARD, Policies
from allocation.domain.validation import LARGEST_QUANTITY, clean_text

PORTION: Final = 128
"""Lines that are taken off a batch, or asked for, at once; a continuation goes on with the rest."""

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

    sku: Final[str] = identity("_sku")

    def __init__(
        self,
        sku: str,
        batches: Iterable[Batch] = (),
        version_number: int = 0,
        *,
        policies: Policies = STANDARD,
    ) -> None:
        self._policies = policies
        self._sku = clean_text("sku", sku)
        self.version_number = version_number
        self.out_of_stock = False
        self.events: list[Event] = []
        self.facts: list[Event] = []
        self.lines = OrderLines()
        self.batches = Batches(self.lines, prefer=policies.prefer)
        self._changed: dict[str, Batch] = {}
        self._added: list[str] = []
        for batch in batches:
            if self.batches.find(batch.reference) is not None:
                raise ValueError(f"{self!r} has two batches {batch.reference}")
            self._hold(batch)

    @classmethod
    def restore(  # noqa: PLR0913 - all that is on record of a product
        cls,
        sku: str,
        batches: Iterable[Batch],
        version_number: int,
        lines: OrderLines,
        *,
        out_of_stock: bool,
        stored: StoredBatches | None = None,
        policies: Policies = STANDARD,
    ) -> Self:
        """The product as it is on record, with nothing changed.

        `batches` are all that have room, or have changed since they were stored; where
        nothing is stored, they are all that there are.
        """
        product = cls(sku, (), version_number, policies=policies)
        product.lines = lines
        product.out_of_stock = out_of_stock
        product.batches = Batches(lines, stored, prefer=policies.prefer)
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
        self._fill(batch.reference)

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
        allocated = Allocated(
            line.orderid, line.sku, line.qty, batch.reference, backordered=current is not None
        )
        self.events.append(allocated)
        return batch.reference

    def change_batch_quantity(self, ref: str, qty: int) -> list[OrderLine]:
        """Correct a batch's quantity, and see to the lines that this concerns.

        Lines that no longer fit are taken off, the one promised last first, and wait;
        those for which there is room require a new allocation, and so do other waiting lines.
        Where very many are concerned, `ReleaseContinued` and `FillContinued` go on.

        Returns:
            The lines that were taken off at once, in that order.

        Raises:
            UnknownBatch: the product has no such batch.
            InvalidValue: `qty` is no integer, or less than zero.
        """
        batch = self._batch(ref)
        before = batch.purchased_quantity
        if before == qty:
            return []
        batch.resize(qty)
        if qty > before:
            self.out_of_stock = False
        taken_off = self._release(batch, qty)
        if batch.purchased_quantity > qty:
            return taken_off  # nothing is filled before the last line is off
        self._fill_after_release(ref, taken_off)
        return taken_off

    def continue_release(self, ref: str, qty: int, left: int) -> None:
        """Go on with taking lines off a batch until it can hold `qty`, then fill what has room.

        A batch that has been corrected since holds something else than was `left` to it: nothing
        is done then.

        Raises:
            UnknownBatch: the product has no such batch.
        """
        batch = self._batch(ref)
        if batch.purchased_quantity != left:
            return
        self._release(batch, qty)
        if batch.purchased_quantity == qty:
            self._fill(ref, lost=True)

    def continue_fill(self, ref: str, after: int, *, lost: bool) -> None:
        """Ask for more of the waiting lines that fit, those behind a position."""
        self._fill(ref, after, lost=lost)

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

    def _batch(self, ref: str) -> Batch:
        batch = self.batches.find(ref)
        if batch is None:
            raise UnknownBatch(ref)
        return batch

    def _keep_waiting(self, line: OrderLine, current: Allocation | None) -> None:
        if current is not None:
            # Its room went to another line in the meantime; what remains of that room
            # may do for a line that is smaller, or younger.
            batch = self.batches.first_with_room(1)
            if batch is not None:
                self._fill(batch.reference)
            return
        self.lines.backorder(line)
        self.facts.append(Backordered(line.orderid, line.sku, line.qty))
        self.version_number += 1
        if not self.out_of_stock:
            self._say_out_of_stock()

    def _say_out_of_stock(self) -> None:
        self.out_of_stock = True
        self.events.append(OutOfStock(self.sku))

    def _release(self, batch: Batch, qty: int) -> list[OrderLine]:
        """Take lines off, a portion at the most; the batch holds no less than is promised."""
        taken_off: list[OrderLine] = []
        while batch.allocated_quantity > qty and len(taken_off) < PORTION:
            taken_off.append(line := batch.deallocate_one())
            fact = Deallocated(line.orderid, line.sku, line.qty, batch.reference, QUANTITY_CHANGED)
            self.facts.append(fact)
        batch.resize(max(qty, batch.allocated_quantity))
        if batch.purchased_quantity > qty:
            left = batch.purchased_quantity
            self.events.append(ReleaseContinued(batch.reference, qty, left))
        self._changed[batch.reference] = batch
        self.version_number += 1
        return taken_off

    def _fill(self, ref: str, after: int = 0, *, lost: bool = False) -> None:
        """Ask for the waiting lines that fit, oldest first, a portion at the most.

        With `lost`, it is said if a line waits for which there is no room in the end.
        """
        required, is_last = self._portion(after)
        self._require(required)
        if not is_last:
            self.events.append(FillContinued(self.sku, ref, required[-1].position, lost))
        elif lost and self._another_waits(required):
            self.version_number += 1
            self._say_out_of_stock()

    def _fill_after_release(self, ref: str, taken_off: Sequence[OrderLine]) -> None:
        """Ask for the waiting lines that fit, and for those few that were taken off."""
        required, is_last = self._portion(0)
        self._require(required)
        if not is_last:
            self.events.append(FillContinued(self.sku, ref, required[-1].position, lost=True))
            return
        # Those that fit go first, so that the room is gone when the others are tried:
        # none of them then asks for a line that has been asked for already.
        asked = {allocation.line.orderid for allocation in required}
        lost = [self.lines.find(line.orderid) for line in taken_off if line.orderid not in asked]
        if lost:
            self._require(sorted(filter(None, lost), key=attrgetter("position")))
            self._say_out_of_stock()

    def _portion(self, after: int) -> tuple[list[Allocation], bool]:
        """The first of the waiting lines behind a position that fit; whether these are all."""
        fitting = self._policies.fill(
            self.batches.rooms(), lambda largest: self.lines.waiting(largest, after)
        )
        portion = list(islice(fitting, PORTION + 1))
        return portion[:PORTION], len(portion) <= PORTION

    def _require(self, allocations: Iterable[Allocation]) -> None:
        for line, *_ in allocations:
            self.events.append(AllocationRequired(line.orderid, line.sku, line.qty))

    def _another_waits(self, required: Iterable[Allocation]) -> bool:
        asked = {allocation.line.orderid for allocation in required}
        waiting = self.lines.waiting(lambda: LARGEST_QUANTITY)
        return any(allocation.line.orderid not in asked for allocation in waiting)
