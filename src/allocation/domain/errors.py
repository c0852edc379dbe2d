"""Refusals by the business rules; every error carries its details as attributes.

Refusal
├── InvalidValue    the value is invalid (also a ValueError)
├── InvalidSku      an order line for a sku without a product
├── UnknownBatch    no batch has this reference
├── BatchConflict   the batch exists already, with other attributes
├── LineConflict    the order line exists already, with another quantity
├── AlreadyAllocated the order line is allocated to another batch already
├── UnknownOrder    there is no such order
├── OrderClosed     all lines of the order have been shipped or cancelled
├── UnknownLine     the order has no line for the sku
├── SeveralLines    the order has several lines for the sku, and the request names none
├── LineClosed      the order line has been shipped or cancelled
├── NotInStock      the units to ship are not there
├── WholeLine       a line that may not be split is shipped whole
├── TooMany         the line has fewer units than the request names
├── LessThanShipped more units of the line have been shipped than it is to have
├── BatchClosed     the batch has been cancelled
├── AlreadyReceived the batch is in the warehouse already
├── OtherProduct    the batch holds another product
├── BatchIsBlocked  the batch may not be shipped from
└── StaleVersion    the product has changed since the sender looked at it

The log stores the attributes of a refusal by name, so the names never change.
"""

from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import ClassVar, Final


class Refusal(Exception):
    """The business rules do not allow the request, which has changed nothing."""

    code: ClassVar[str] = "refused"
    """Identifies the error to programs; unlike the message, it never changes."""


@dataclass(eq=False)
class InvalidValue(Refusal, ValueError):
    """`value` is not valid for `field`, for the given `reason`.

    A value other than a string, a number or None is converted to a string, so that the log can
    store the refusal and load it with the same text.
    """

    code: ClassVar[str] = "invalid_value"

    field: str
    value: object
    reason: str

    def __post_init__(self) -> None:
        if type(self.value) not in _STORABLE:
            self.value = _plain(self.value)

    def __str__(self) -> str:
        return f"{self.field} {_shortened(self.value)} {self.reason}"


@dataclass(eq=False)
class InvalidSku(Refusal):
    """The order line is for a sku that no batch has ever had."""

    code: ClassVar[str] = "invalid_sku"

    sku: str

    def __str__(self) -> str:
        return f"Invalid sku {self.sku}"


@dataclass(eq=False)
class UnknownBatch(Refusal):
    """No batch has this reference."""

    code: ClassVar[str] = "unknown_batch"

    ref: str

    def __str__(self) -> str:
        return f"Unknown batch {self.ref}"


@dataclass(eq=False)
class BatchConflict(Refusal):
    """The batch exists already, and was announced with another value of `field`.

    Dates are strings in ISO 8601.
    """

    code: ClassVar[str] = "batch_conflict"

    ref: str
    field: str
    known: str | int | None
    asked: str | int | None

    def __str__(self) -> str:
        return (
            f"Batch {self.ref} already exists with {self.field} {_text(self.known)}, "
            f"not {_text(self.asked)}"
        )


@dataclass(eq=False)
class LineConflict(Refusal):
    """The order already has a line for this sku, with another quantity."""

    code: ClassVar[str] = "line_conflict"

    orderid: str
    sku: str
    known: int
    asked: int

    def __str__(self) -> str:
        return (
            f"Order {self.orderid} already has a line for {self.sku} "
            f"with qty {self.known}, not {self.asked}"
        )


@dataclass(eq=False)
class AlreadyAllocated(Refusal):
    """The line is already allocated to a batch, and cannot be allocated to another one."""

    code: ClassVar[str] = "already_allocated"

    orderid: str
    sku: str
    batchref: str
    asked: str

    def __str__(self) -> str:
        return (
            f"The line of order {self.orderid} for {self.sku} is already allocated to "
            f"{self.batchref} and cannot be allocated to {self.asked}, too"
        )


@dataclass(eq=False)
class UnknownOrder(Refusal):
    """There is no order with this id."""

    code: ClassVar[str] = "unknown_order"

    orderid: str

    def __str__(self) -> str:
        return f"Unknown order {self.orderid}"


@dataclass(eq=False)
class OrderClosed(Refusal):
    """All lines of the order have been shipped or cancelled."""

    code: ClassVar[str] = "order_closed"

    orderid: str
    state: str

    def __str__(self) -> str:
        return f"Order {self.orderid} is {self.state} already"


@dataclass(eq=False)
class UnknownLine(Refusal):
    """The order has no such line for this sku."""

    code: ClassVar[str] = "unknown_line"

    orderid: str
    sku: str
    line: str | None = None

    def __str__(self) -> str:
        named = f" {self.line}" if self.line else ""
        return f"Order {self.orderid} has no line{named} for {self.sku}"


@dataclass(eq=False)
class SeveralLines(Refusal):
    """The order has several lines for this sku, and the request does not name one of them."""

    code: ClassVar[str] = "several_lines"

    orderid: str
    sku: str
    lines: list[str]

    def __str__(self) -> str:
        names = ", ".join(line or '""' for line in self.lines)
        return f"Order {self.orderid} has several lines for {self.sku}: name one of {names}"


@dataclass(eq=False)
class LineClosed(Refusal):
    """All units of the order line have been shipped or cancelled."""

    code: ClassVar[str] = "line_closed"

    orderid: str
    sku: str
    state: str

    def __str__(self) -> str:
        return f"The line of order {self.orderid} for {self.sku} is {self.state} already"


@dataclass(eq=False)
class NotInStock(Refusal):
    """Fewer units can be shipped than requested; `ref` is the batch, if one was named."""

    code: ClassVar[str] = "not_in_stock"

    orderid: str
    sku: str
    asked: int
    available: int
    ref: str | None = None

    def __str__(self) -> str:
        place = "in stock" if self.ref is None else f"in batch {self.ref}"
        return (
            f"Of the line of order {self.orderid} for {self.sku}, {self.asked} cannot be shipped: "
            f"{self.available} {place}"
        )


@dataclass(eq=False)
class WholeLine(Refusal):
    """A line that may not be split is shipped whole, unless the batch is named."""

    code: ClassVar[str] = "whole_line"

    orderid: str
    sku: str
    open: int
    asked: int

    def __str__(self) -> str:
        return (
            f"The line of order {self.orderid} for {self.sku} ships whole: {self.open} units, "
            f"not {self.asked}, unless you name the batch"
        )


@dataclass(eq=False)
class TooMany(Refusal):
    """The request names more units than there are in that state; `ref` is a batch they left."""

    code: ClassVar[str] = "too_many"

    orderid: str
    sku: str
    state: str
    units: int
    asked: int
    ref: str | None = None

    def __str__(self) -> str:
        place = "" if self.ref is None else f" from batch {self.ref}"
        return (
            f"The line of order {self.orderid} for {self.sku} has {self.units} units {self.state}"
            f"{place}, not {self.asked}"
        )


@dataclass(eq=False)
class LessThanShipped(Refusal):
    """More units of the order line have been shipped than it is to have."""

    code: ClassVar[str] = "less_than_shipped"

    orderid: str
    sku: str
    shipped: int
    asked: int

    def __str__(self) -> str:
        return (
            f"{self.shipped} units of the line of order {self.orderid} for {self.sku} have been "
            f"shipped, so it cannot have {self.asked}"
        )


@dataclass(eq=False)
class BatchClosed(Refusal):
    """The batch has been cancelled, and its reference is never used again."""

    code: ClassVar[str] = "batch_cancelled"

    ref: str

    def __str__(self) -> str:
        return f"Batch {self.ref} is cancelled"


@dataclass(eq=False)
class AlreadyReceived(Refusal):
    """The batch is in the warehouse, so that nothing of it can arrive any more."""

    code: ClassVar[str] = "already_received"

    ref: str

    def __str__(self) -> str:
        return f"Batch {self.ref} is in the warehouse already"


@dataclass(eq=False)
class OtherProduct(Refusal):
    """The batch that the request names holds another product than the order line is for."""

    code: ClassVar[str] = "other_product"

    ref: str
    sku: str
    asked: str

    def __str__(self) -> str:
        return f"ref {_shortened(self.ref)} is a batch of {self.sku}, not of {self.asked}"


@dataclass(eq=False)
class BatchIsBlocked(Refusal):
    """The batch is blocked, and nothing can be shipped from it."""

    code: ClassVar[str] = "batch_blocked"

    ref: str

    def __str__(self) -> str:
        return f"Batch {self.ref} is blocked"


@dataclass(eq=False)
class StaleVersion(Refusal):
    """The product has changed since the sender looked at it, so that its version is another one."""

    code: ClassVar[str] = "stale_version"

    sku: str
    expected: int
    version: int

    def __str__(self) -> str:
        return f"{self.sku} has changed: its version is {self.version}, not {self.expected}"


_STORABLE: Final = frozenset({type(None), bool, int, str})


def _plain(value: object) -> str | int | float:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and isfinite(value):
        return float(value)
    return value.isoformat() if isinstance(value, date) else repr(value)


def _text(value: object) -> str:
    return "none" if value is None else str(value)


def _shortened(value: object, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
