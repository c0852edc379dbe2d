"""What the rules refuse, as one tree; every error carries the facts that it is about.

Refusal
├── InvalidValue    a value that cannot be (also a ValueError)
├── InvalidSku      an order line for a sku that has no product
├── UnknownBatch    a reference that no batch has
├── BatchConflict   a batch that is known already, with other facts
├── LineConflict    an order line that is known already, with another quantity
└── AlreadyAllocated an order line that another batch has promised already
"""

from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import ClassVar, Final


class Refusal(Exception):
    """A request that the rules do not allow; nothing has been changed by it."""

    code: ClassVar[str] = "refused"
    """What a program tells the error by: it never changes, whatever the message says."""


@dataclass(eq=False)
class InvalidValue(Refusal, ValueError):
    """`value` cannot be a `field`, for the `reason` given.

    A value that is no text, number or None is told as a text: the refusal is kept in the log, and
    says the same when the message comes again.
    """

    code: ClassVar[str] = "invalid_value"

    field: str
    value: object
    reason: str

    def __post_init__(self) -> None:
        if type(self.value) not in _KEPT_AS_THEY_ARE:
            self.value = _plain(self.value)

    def __str__(self) -> str:
        return f"{self.field} {_shortened(self.value)} {self.reason}"


@dataclass(eq=False)
class InvalidSku(Refusal):
    """An order line asks for a sku of which no batch has ever been heard."""

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
    """The batch is known already, and was announced with another value of `field`.

    A date is given as in ISO 8601.
    """

    code: ClassVar[str] = "batch_conflict"

    ref: str
    field: str
    known: str | int | None
    asked: str | int | None

    def __str__(self) -> str:
        return (
            f"Batch {self.ref} is known already with {self.field} {_said(self.known)}, "
            f"not {_said(self.asked)}"
        )


@dataclass(eq=False)
class LineConflict(Refusal):
    """The order has a line for this sku already, with another quantity."""

    code: ClassVar[str] = "line_conflict"

    orderid: str
    sku: str
    known: int
    asked: int

    def __str__(self) -> str:
        return (
            f"Order {self.orderid} has a line for {self.sku} already, "
            f"with qty {self.known}, not {self.asked}"
        )


@dataclass(eq=False)
class AlreadyAllocated(Refusal):
    """The line is promised from a batch already, and is asked of another one."""

    code: ClassVar[str] = "already_allocated"

    orderid: str
    sku: str
    batchref: str
    asked: str

    def __str__(self) -> str:
        return (
            f"The line of order {self.orderid} for {self.sku} is allocated to {self.batchref} "
            f"already, and cannot be allocated to {self.asked}, too"
        )


_KEPT_AS_THEY_ARE: Final = frozenset({type(None), bool, int, str})


def _plain(value: object) -> str | int | float:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and isfinite(value):
        return float(value)
    return value.isoformat() if isinstance(value, date) else repr(value)


def _said(value: object) -> str:
    return "none" if value is None else str(value)


def _shortened(value: object, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
