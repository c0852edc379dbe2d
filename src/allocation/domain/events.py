"""The messages: what comes in, and what follows from it.

`BatchCreated` and `AllocationRequired` are requests named as facts; they are the
chapter's words, and stay (docs/glossary.md). Events are immutable, equal by value, and
know nothing of ids or attempts: those travel in the envelope around them. An event
that cannot be does not exist: the constructors raise `InvalidValue`.
"""

from dataclasses import dataclass
from datetime import date

from allocation.domain.values import check_eta, check_quantity, check_text


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened or is asked for."""


@dataclass(frozen=True, slots=True)
class BatchCreated(Event):
    """There is a new batch: `qty` units of `sku`, in the warehouse or due on `eta`."""

    ref: str
    sku: str
    qty: int
    eta: date | None = None

    def __post_init__(self) -> None:
        check_text("ref", self.ref)
        check_text("sku", self.sku)
        check_quantity("qty", self.qty)
        check_eta("eta", self.eta)


@dataclass(frozen=True, slots=True)
class BatchQuantityChanged(Event):
    """The batch turned out to hold `qty` units in all, promised ones included."""

    ref: str
    qty: int

    def __post_init__(self) -> None:
        check_text("ref", self.ref)
        check_quantity("qty", self.qty, least=0)


@dataclass(frozen=True, slots=True)
class AllocationRequired(Event):
    """An order line needs stock: a new one, or one whose stock may have changed."""

    orderid: str
    sku: str
    qty: int

    def __post_init__(self) -> None:
        check_text("orderid", self.orderid)
        check_text("sku", self.sku)
        check_quantity("qty", self.qty)


@dataclass(frozen=True, slots=True)
class Allocated(Event):
    """The order line is promised from this batch now."""

    orderid: str
    sku: str
    qty: int
    batchref: str

    def __post_init__(self) -> None:
        check_text("orderid", self.orderid)
        check_text("sku", self.sku)
        check_quantity("qty", self.qty)
        check_text("batchref", self.batchref)


@dataclass(frozen=True, slots=True)
class OutOfStock(Event):
    """A line found no room, the first since the stock grew, or lost its stock for good."""

    sku: str

    def __post_init__(self) -> None:
        check_text("sku", self.sku)
