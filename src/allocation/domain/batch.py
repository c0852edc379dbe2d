"""A batch: a quantity of one sku, in the warehouse or on its way."""

from datetime import date
from typing import Self

from allocation.domain.errors import AlreadyAllocated, BatchConflict, LineConflict
from allocation.domain.order_line import OrderLine
from allocation.domain.order_lines import OrderLines
from allocation.domain.validation import check_eta, check_quantity, clean_text


class Batch:
    """`qty` units of `sku`; in the warehouse when `eta` is None, else due that day.

    Raises:
        InvalidValue: if one of the four cannot be.
    """

    def __init__(self, ref: str, sku: str, qty: int, eta: date | None = None) -> None:
        check_quantity("qty", qty)
        check_eta("eta", eta)
        self.reference = clean_text("ref", ref)
        self.sku = clean_text("sku", sku)
        self.eta = eta
        self.initial_quantity = qty
        self._purchased_quantity = qty
        self._allocated_quantity = 0
        self._book: OrderLines | None = None
        self._has_product = False

    @classmethod
    def restore(
        cls, ref: str, sku: str, eta: date | None, *, initial: int, purchased: int, allocated: int
    ) -> Self:
        """The batch as it is on record; its lines stay there until they are needed."""
        batch = cls.__new__(cls)  # it was checked when it entered
        batch.reference = ref
        batch.sku = sku
        batch.eta = eta
        batch.initial_quantity = initial
        batch._purchased_quantity = purchased
        batch._allocated_quantity = allocated
        batch._book = None
        batch._has_product = False
        return batch

    def __repr__(self) -> str:
        return f"<Batch {self.reference}>"

    @property
    def _lines(self) -> OrderLines:
        if self._book is None:  # it stands alone
            self._book = OrderLines()
        return self._book

    @property
    def purchased_quantity(self) -> int:
        """Units that the batch holds, promised or not."""
        return self._purchased_quantity

    @property
    def allocated_quantity(self) -> int:
        """Units that are promised."""
        return self._allocated_quantity

    @property
    def available_quantity(self) -> int:
        """Units that can still be promised."""
        return self._purchased_quantity - self._allocated_quantity

    def can_allocate(self, line: OrderLine) -> bool:
        """Whether the batch holds this sku, and has room for the whole line."""
        return self.sku == line.sku and self.available_quantity >= line.qty

    def allocate(self, line: OrderLine) -> None:
        """Promise the line from this batch; again is the same as once.

        Raises:
            LineConflict: the order has a line here already, with another quantity.
            AlreadyAllocated: another batch of the product has promised it.
            ValueError: the batch cannot hold the line.
        """
        known = self._lines.find(line.orderid) if self.sku == line.sku else None
        if known is not None:
            if known.line.qty != line.qty:
                raise LineConflict(line.orderid, line.sku, known.line.qty, line.qty)
            if known.batchref == self.reference:
                return
            if known.batchref is not None:
                raise AlreadyAllocated(line.orderid, line.sku, known.batchref, self.reference)
        if not self.can_allocate(line):
            raise ValueError(f"{self!r} has no room for {line}")
        self._lines.allocation_number(line, self.reference)
        self._allocated_quantity += line.qty

    def deallocate_one(self) -> OrderLine:
        """Take the promise back from the line that loses first; it waits from then on.

        Raises:
            LookupError: nothing is promised from this batch.
        """
        allocation = self._lines.newest_on(self.reference)
        if allocation is None:
            raise LookupError(f"{self!r} has no line to deallocate")
        self._lines.backorder(allocation.line)
        self._allocated_quantity -= allocation.line.qty
        return allocation.line

    def resize(self, qty: int) -> None:
        """Correct how many units the batch holds, which may leave it overpromised.

        Raises:
            InvalidValue: no integer, or less than zero.
        """
        check_quantity("qty", qty, least=0)
        self._purchased_quantity = qty

    def ensure_same_facts(self, announced: "Batch") -> None:
        """Accept that this batch is announced again, with the same facts.

        Raises:
            BatchConflict: one of them is another.
        """
        facts: list[tuple[str, str | int | None, str | int | None]] = [
            ("sku", self.sku, announced.sku),
            ("qty", self.initial_quantity, announced.initial_quantity),
            ("eta", _in_words(self.eta), _in_words(announced.eta)),
        ]
        for field, known, asked in facts:
            if known != asked:
                raise BatchConflict(self.reference, field, known, asked)

    def keep_lines_in(self, lines: OrderLines) -> None:
        """Join a product: its lines are kept in the product's book from now on.

        Raises:
            ValueError: it belongs to a product already.
            LineConflict: the product has one of its lines with another quantity.
            AlreadyAllocated: another batch of the product has promised one of its lines.
        """
        if self._has_product:
            raise ValueError(f"{self!r} belongs to a product already")
        if self._book is not None:
            lines.include(self._book)
        self._book = lines
        self._has_product = True

    def __contains__(self, line: OrderLine) -> bool:
        known = self._lines.find(line.orderid)
        return known is not None and known.batchref == self.reference and known.line == line


def _in_words(eta: date | None) -> str | None:
    return None if eta is None else eta.isoformat()
