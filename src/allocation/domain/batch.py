"""A batch: a quantity of one sku, in the warehouse or on its way."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final, Self

from allocation.domain.attributes import identity, observed
from allocation.domain.errors import AlreadyAllocated, BatchConflict, LineConflict
from allocation.domain.order_line import WAITING, OrderLine, Part
from allocation.domain.order_lines import OrderLines
from allocation.domain.parts import (
    allocated_parts,
    last_promise,
    moved,
    part_on,
    told_apart,
    without_batch,
)
from allocation.domain.validation import check_date, check_quantity, clean_text


class Batch:
    """`qty` units of `sku`; in the warehouse if `eta` is None, else due on that day.

    Raises:
        InvalidValue: one of the arguments is invalid.
    """

    def _set_eta(self, eta: date | None) -> None:
        check_date("eta", eta)
        self._assign("_eta", eta)

    def _set_initial_eta(self, eta: date | None) -> None:
        check_date("initial_eta", eta)
        self._assign("_initial_eta", eta)

    def _set_initial_quantity(self, qty: int) -> None:
        check_quantity("initial_quantity", qty)
        self._assign("_initial_quantity", qty)

    def _set_blocked(self, blocked: bool) -> None:
        self._assign("_blocked", blocked)

    def _set_cancelled(self, cancelled: bool) -> None:
        self._assign("_cancelled", cancelled)

    def _set_received_from(self, ref: str | None) -> None:
        self._assign("_received_from", ref)

    reference: Final[str] = identity("_reference", "The batch's name.")
    sku: Final[str] = identity("_sku", "The product of which the batch has units.")
    eta: date | None = observed(
        "_eta", _set_eta, "The day on which the batch is due; None if it is in the warehouse."
    )
    initial_quantity: int = observed(
        "_initial_quantity", _set_initial_quantity, "The units with which the batch was announced."
    )
    blocked: bool = observed(
        "_blocked", _set_blocked, "Whether the batch may neither be allocated to nor shipped from."
    )
    cancelled: bool = observed(
        "_cancelled", _set_cancelled, "Whether the batch was cancelled; it holds no units then."
    )
    initial_eta: date | None = observed(
        "_initial_eta", _set_initial_eta, "The `eta` with which the batch was announced."
    )
    received_from: str | None = observed(
        "_received_from",
        _set_received_from,
        "The shipment of which the batch is a part that has arrived, if it is one.",
    )

    def __init__(self, ref: str, sku: str, qty: int, eta: date | None = None) -> None:
        check_quantity("qty", qty)
        check_date("eta", eta)
        self._reference = clean_text("ref", ref)
        self._sku = clean_text("sku", sku)
        self._eta = eta
        self._initial_eta = eta
        self._initial_quantity = qty
        self._purchased_quantity = qty
        self._allocated_quantity = 0
        self._blocked = False
        self._cancelled = False
        self._received_from: str | None = None
        self.is_redescribed = False
        """Whether more than its quantities has changed since its changes were recorded."""
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
        initial_eta: date | None = None,
        blocked: bool = False,
        cancelled: bool = False,
        received_from: str | None = None,
    ) -> Self:
        """Make a batch from its stored attributes; its lines are loaded when needed."""
        batch = cls.__new__(cls)  # the attributes were validated before they were stored
        batch._reference = ref
        batch._sku = sku
        batch._eta = eta
        batch._initial_eta = initial_eta
        batch._blocked = blocked
        batch._cancelled = cancelled
        batch._received_from = received_from
        batch.is_redescribed = False
        batch._initial_quantity = initial
        batch._purchased_quantity = purchased
        batch._allocated_quantity = allocated
        batch.target_quantity = target
        batch._book = None
        batch._report_room = None
        return batch

    def copy(self, lines: OrderLines, report_room: "Callable[[Batch, int], None]") -> "Batch":
        """An independent batch in the same state, which has joined another product."""
        copied = Batch.__new__(Batch)
        vars(copied).update(vars(self), _book=lines, _report_room=report_room)
        return copied

    def __repr__(self) -> str:
        return f"<Batch {self.reference}>"

    @property
    def _lines(self) -> OrderLines:
        if self._book is None:  # the batch has no product
            self._book = OrderLines()
        return self._book

    @property
    def purchased_quantity(self) -> int:
        """All units of the batch that are here or to come, allocated or not."""
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
        """Units that can still be allocated; none of a blocked batch."""
        return 0 if self._blocked else self._purchased_quantity - self._allocated_quantity

    @property
    def blocked_quantity(self) -> int:
        """Units of a blocked batch that are not allocated."""
        return self._purchased_quantity - self._allocated_quantity if self._blocked else 0

    @property
    def allocatable_quantity(self) -> int:
        """The units that may be allocated once the batch has released all lines that it must."""
        return 0 if self._blocked else self.recorded_quantity

    def is_overdue(self, today: date) -> bool:
        """Whether the batch should have arrived before today."""
        return self._eta is not None and self._eta < today

    def promised_date(self, today: date) -> date | None:
        """The day on which units of this batch can leave; None if the batch is overdue."""
        if self._eta is None:
            return today
        return None if self._eta < today else self._eta

    def date_to_beat(self, today: date) -> date:
        """The day before which units must be able to leave another batch to gain from a move."""
        return self.promised_date(today) or today + timedelta(days=1)

    def is_late(self, part: Part, today: date) -> bool:
        """Whether a part that is allocated to this batch is late."""
        if self._eta is None:
            return False
        return self._eta < today or (part.due is not None and part.due < self._eta)

    def misses_required_day(self, part: Part, today: date) -> bool:
        """Whether a part that is allocated to this batch comes after the customer needs it."""
        required = part.line.required_by
        is_missed = required is not None and required < self.date_to_beat(today)
        return is_missed and self.is_late(part, today)

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
        current = lines.find(*line.key) if self.sku == line.sku else ()
        if current:
            if current[0].line.qty != line.qty:
                raise LineConflict(line.orderid, line.sku, current[0].line.qty, line.qty)
            if part_on(current, self.reference) is not None:
                return
            if others := allocated_parts(current):
                batchref = others[0].batchref or ""
                raise AlreadyAllocated(line.orderid, line.sku, batchref, self.reference)
        if not self.can_allocate(line):
            raise ValueError(f"{self!r} has no room for {line}")
        lines.allocate(line, self.reference)
        self.change_allocated(line.qty)

    def deallocate_one(self) -> OrderLine:
        """Deallocate the line chosen by the policy `release`, and let it wait.

        Raises:
            LookupError: no line is allocated to this batch.
        """
        part = self._lines.first_to_release(self.reference)
        if part is None:
            raise LookupError(f"{self!r} has no line to deallocate")
        self.deallocate(part, part.qty)
        return part.line

    def deallocate(self, part: Part, qty: int, day: date | None = None) -> list[Part]:
        """Deallocate units of a part that is allocated to this batch, and let them wait.

        `day` is the day that was promised for them.

        Returns:
            The waiting units of which the loss is to be told at once.
        """
        waiting = without_batch(part, qty, WAITING, last_promise(part, day))
        parts = self._lines.find(*part.line.key)
        self._lines.put(moved(parts, part, qty, waiting))
        self.change_allocated(-qty)
        return told_apart(parts, waiting)

    def change_allocated(self, by: int) -> None:
        """Count units as allocated, or, if negative, as no longer allocated.

        The room that they leave belongs to an unfinished release, if there is one.
        """
        allocated, target = self._allocated_quantity + by, self.target_quantity
        if by < 0 and target is not None:
            self._approach(target, allocated)
        else:
            self._set_quantities(self._purchased_quantity, allocated)

    def change_units(self, by: int) -> None:
        """Add allocated units to the batch, or, if negative, take them off."""
        purchased, allocated = self._purchased_quantity + by, self._allocated_quantity + by
        if self.target_quantity is not None:
            target = max(self.target_quantity + by, 0)
            self.target_quantity = target if allocated > target else None
        self._set_quantities(purchased, allocated)

    def add_units(self, qty: int) -> None:
        """Add units that are not allocated, or, if negative, take them off."""
        if self.target_quantity is None:
            self.resize(self._purchased_quantity + qty)
        else:
            self.target_quantity += qty
            self.approach_target()

    def resize(self, qty: int) -> None:
        """Correct the number of units; afterwards, more may be allocated than the batch holds.

        Raises:
            InvalidValue: not an integer, or less than zero.
        """
        check_quantity("qty", qty, least=0)
        self._set_quantities(qty, self._allocated_quantity)

    def approach_target(self) -> None:
        """Hold the target quantity, or as few units more as are allocated."""
        target = self.target_quantity
        if target is not None:
            check_quantity("qty", max(target, self._allocated_quantity), least=0)
            self._approach(target, self._allocated_quantity)

    def ensure_same_attributes(self, announced: "Batch") -> None:
        """Check that a repeated announcement of this batch has the same attributes.

        Raises:
            BatchConflict: one of them differs.
        """
        if self._is_announced_as(announced):
            return
        attributes: list[tuple[str, str | int | None, str | int | None]] = [
            ("sku", self.sku, announced.sku),
            ("qty", self.initial_quantity, announced.initial_quantity),
            ("eta", _isoformat(self.initial_eta), _isoformat(announced.eta)),
        ]
        for field, current, repeated in attributes:
            if current != repeated:
                raise BatchConflict(self.reference, field, current, repeated)

    def ensure_same_receipt(self, received: "Batch") -> None:
        """Check that a repeated receipt of this batch has the same attributes and shipment.

        Raises:
            BatchConflict: one of them differs.
        """
        self.ensure_same_attributes(received)
        if self.received_from != received.received_from:
            shipments = self.received_from, received.received_from
            raise BatchConflict(self.reference, "received_from", *shipments)

    def _is_announced_as(self, announced: "Batch") -> bool:
        """Whether an announcement has this batch's current quantity and date."""
        current = self.sku, self.recorded_quantity, self.eta
        return current == (announced.sku, announced.initial_quantity, announced.eta)

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
        part = part_on(self._lines.find(*line.key), self.reference)
        return part is not None and part.line == line

    def _approach(self, target: int, allocated: int) -> None:
        self.target_quantity = target if allocated > target else None
        self._set_quantities(max(target, allocated), allocated)

    def _assign(self, attribute: str, value: object) -> None:
        report = self._report_room
        if report is not None:
            report(self, 0)  # removes the batch from its place among the preferences
        setattr(self, attribute, value)
        self.is_redescribed = True
        if report is not None:
            report(self, self.available_quantity)

    def _set_quantities(self, purchased: int, allocated: int) -> None:
        self._purchased_quantity = purchased
        self._allocated_quantity = allocated
        if self._report_room is not None:
            self._report_room(self, 0 if self._blocked else purchased - allocated)


def _isoformat(eta: date | None) -> str | None:
    return None if eta is None else eta.isoformat()
