"""Refusals by the business rules; every error carries its details as attributes.

Refusal
├── InvalidValue    the value is invalid (also a ValueError)
├── InvalidSku      an order line for a sku without a product
├── UnknownBatch    no batch has this reference
├── BatchConflict   the batch exists already, with other attributes
├── LineConflict    the order line exists already, with another quantity
└── AlreadyAllocated the order line is allocated to another batch already

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
