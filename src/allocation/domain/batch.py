"""A batch: a quantity of one sku, in the warehouse or on its way."""

from collections.abc import Callable
from datetime import date
from typing import Final, Self

from allocation.domain.attributes import identity, observed
from allocation.domain.errors import AlreadyAllocated, BatchConflict, LineConflict
from allocation.domain.order_line import OrderLine
from allocation.domain.order_lines import OrderLines
from allocation.domain.validation import check_eta, check_quantity, clean_text


class Batch:
    """`qty` units of `sku`; in the warehouse if `eta` is None, else due on that day.

    Raises:
        InvalidValue: one of the arguments is invalid.
    """

    def _set_eta(self, eta: date | None) -> None:
        check_eta("eta", eta)
        self._assign("_eta", eta)

    def _set_initial_quantity(self, qty: int) -> None:
        check_quantity("initial_quantity", qty)
        self._assign("_initial_quantity", qty)

    reference: Final[str] = identity("_reference", "The batch's name.")
    sku: Final[str] = identity("_sku", "The product of which the batch has units.")
    eta: date | None = observed(
        "_eta", _set_eta, "The day on which the batch is due; None if it is in the warehouse."
    )
    initial_quantity: int = observed(
        "_initial_quantity", _set_initial_quantity, "The units with which the batch was announced."
    )

    def __init__(self, ref: str, sku: str, qty: int, eta: date | None = None) -> None:
        check_quantity("qty", qty)
        check_eta("eta", eta)
        self._reference = clean_text("ref", ref)
        self._sku = clean_text("sku", sku)
        self._eta = eta
        self._initial_quantity = qty
        self._purchased_quantity = qty
        self._allocated_quantity = 0
        self.target_quantity: int | None = None
        """The quantity that an unfinished release is to reach; None if there is no such release."""
        self._book: OrderLines | None = None
        self._report_room: Callable[[Batch, int], None] | None = None

    @classmethod
    def restore(  # noqa: PLR0913 - all recorded attributes of a batch
        cls,
        ref: str,
        sku: str,
        eta: date | None,
        *,
        initial: int,
        purchased: int,
        allocated: int,
        target: int | None = None,
    ) -> Self:
        """Make a batch from its stored attributes; its lines are loaded when needed."""
        batch = cls.__new__(cls)  # the attributes were validated before they were stored
        batch._reference = ref
        batch._sku = sku
        batch._eta = eta
        batch._initial_quantity = initial
        batch._purchased_quantity = purchased
        batch._allocated_quantity = allocated
        batch.target_quantity = target
        batch._book = None
        batch._report_room = None
        return batch

    def __repr__(self) -> str:
        return f"<Batch {self.reference}>"

    @property
    def _lines(self) -> OrderLines:
        if self._book is None:  # the batch has no product
            self._book = OrderLines()
        return self._book

    @property
    def purchased_quantity(self) -> int:
        """All units of the batch, allocated or not."""
        return self._purchased_quantity

    @property
    def recorded_quantity(self) -> int:
        """The units according to the last correction, also while its release is unfinished."""
        target = self.target_quantity
        return self._purchased_quantity if target is None else target

    @property
    def allocated_quantity(self) -> int:
        """Units that are allocated."""
        return self._allocated_quantity

    @property
    def available_quantity(self) -> int:
        """Units that can still be allocated."""
        return self._purchased_quantity - self._allocated_quantity

    def can_allocate(self, line: OrderLine) -> bool:
        """Whether the batch holds this sku, and has room for the whole line."""
        return self.sku == line.sku and self.available_quantity >= line.qty

    def allocate(self, line: OrderLine) -> None:
        """Allocate the line to this batch; idempotent.

        Raises:
            LineConflict: the order already has a line here, with another quantity.
            AlreadyAllocated: the line is allocated to another batch of the product.
            ValueError: the batch has no room for the line, or another sku.
        """
        lines = self._lines
        current = lines.find(line.orderid) if self.sku == line.sku else None
        if current is not None:
            if current.line.qty != line.qty:
                raise LineConflict(line.orderid, line.sku, current.line.qty, line.qty)
            if current.batchref == self.reference:
                return
            if current.batchref is not None:
                raise AlreadyAllocated(line.orderid, line.sku, current.batchref, self.reference)
        if not self.can_allocate(line):
            raise ValueError(f"{self!r} has no room for {line}")
        lines.allocate(line, self.reference)
        self._set_quantities(self._purchased_quantity, self._allocated_quantity + line.qty)

    def deallocate_one(self) -> OrderLine:
        """Deallocate the line chosen by the policy `release`, and let it wait.

        Raises:
            LookupError: no line is allocated to this batch.
        """
        allocation = self._lines.first_to_release(self.reference)
        if allocation is None:
            raise LookupError(f"{self!r} has no line to deallocate")
        self._lines.backorder(allocation.line)
        qty = allocation.line.qty
        self._set_quantities(self._purchased_quantity, self._allocated_quantity - qty)
        return allocation.line

    def resize(self, qty: int) -> None:
        """Correct the number of units; afterwards, more may be allocated than the batch holds.

        Raises:
            InvalidValue: not an integer, or less than zero.
        """
        check_quantity("qty", qty, least=0)
        self._set_quantities(qty, self._allocated_quantity)

    def ensure_same_attributes(self, announced: "Batch") -> None:
        """Check that a repeated announcement of this batch has the same attributes.

        Raises:
            BatchConflict: one of them differs.
        """
        attributes: list[tuple[str, str | int | None, str | int | None]] = [
            ("sku", self.sku, announced.sku),
            ("qty", self.initial_quantity, announced.initial_quantity),
            ("eta", _isoformat(self.eta), _isoformat(announced.eta)),
        ]
        for field, current, repeated in attributes:
            if current != repeated:
                raise BatchConflict(self.reference, field, current, repeated)

    def join(self, lines: OrderLines, report_room: "Callable[[Batch, int], None]") -> None:
        """Join a product: the batch's lines become part of the product's.

        `report_room` is called with every change of the batch, and with its available quantity.

        Raises:
            ValueError: the batch already belongs to a product.
            LineConflict: the product has one of the lines with another quantity.
            AlreadyAllocated: one of the lines is allocated to another batch of the product.
        """
        if self._report_room is not None:
            raise ValueError(f"{self!r} already belongs to a product")
        if self._book is not None:
            lines.include(self._book)
        self._book = lines
        self._report_room = report_room

    def __contains__(self, line: OrderLine) -> bool:
        current = self._lines.find(line.orderid)
        return current is not None and (current.batchref, current.line) == (self.reference, line)

    def _assign(self, attribute: str, value: object) -> None:
        report = self._report_room
        if report is not None:
            report(self, 0)  # removes the batch from its place among the preferences
        setattr(self, attribute, value)
        if report is not None:
            report(self, self.available_quantity)

    def _set_quantities(self, purchased: int, allocated: int) -> None:
        self._purchased_quantity = purchased
        self._allocated_quantity = allocated
        if self._report_room is not None:
            self._report_room(self, purchased - allocated)


def _isoformat(eta: date | None) -> str | None:
    return None if eta is None else eta.isoformat()
