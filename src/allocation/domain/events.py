"""The messages: requests from outside, and the events that follow from them.

`BatchCreated` and `AllocationRequired` are requests that the chapter names like facts
(docs/glossary.md). Events are immutable and compare by value. Ids and attempts belong to the
envelope around an event. The constructors of requests and follow-ups raise `InvalidValue`; facts
(`Allocated`, `Deallocated`, `Backordered`, `BatchQuantityAdjusted`) are made by the product from
values that are valid.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Self

from allocation.domain.validation import (
    check_eta,
    check_quantity,
    clean_reason,
    clean_text,
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened or is requested."""

    @classmethod
    def restore(cls, **facts: object) -> Self:
        """Make an event from its recorded attributes, which were validated before."""
        event = cls.__new__(cls)
        for name, value in facts.items():
            object.__setattr__(event, name, value)
        return event


@dataclass(frozen=True, slots=True)
class BatchCreated(Event):
    """A new batch: `qty` units of `sku`, in the warehouse or due on `eta`."""

    ref: str
    sku: str
    qty: int
    eta: date | None = None

    def __post_init__(self) -> None:
        clean_text("ref", self.ref, self)
        clean_text("sku", self.sku, self)
        check_quantity("qty", self.qty)
        check_eta("eta", self.eta)


@dataclass(frozen=True, slots=True)
class BatchQuantityChanged(Event):
    """The batch holds `qty` units in all, allocated ones included, for an optional `reason`.

    The reason is recorded with the correction and with each line that the batch loses.
    """

    ref: str
    qty: int
    reason: str | None = None

    def __post_init__(self) -> None:
        clean_text("ref", self.ref, self)
        check_quantity("qty", self.qty, least=0)
        clean_reason(self.reason, self)


@dataclass(frozen=True, slots=True)
class _LineEvent(Event):
    """The base class of events about one order line."""

    orderid: str
    sku: str
    qty: int


@dataclass(frozen=True, slots=True)
class AllocationRequired(_LineEvent):
    """An order line needs stock: a new line, or one that waits and may have room now."""

    def __post_init__(self) -> None:
        clean_text("orderid", self.orderid, self)
        clean_text("sku", self.sku, self)
        check_quantity("qty", self.qty)


@dataclass(frozen=True, slots=True)
class Allocated(_LineEvent):
    """The order line has been allocated to this batch.

    `backordered` says whether the line has waited before; it does not count in comparisons.
    """

    batchref: str
    backordered: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Deallocated(_LineEvent):
    """The order line has been deallocated from this batch for a `reason`, and waits."""

    batchref: str
    reason: str


@dataclass(frozen=True, slots=True)
class Backordered(_LineEvent):
    """The order line is new, no batch has room for it, and it waits."""


@dataclass(frozen=True, slots=True)
class BatchQuantityAdjusted(Event):
    """The quantity of the batch was corrected by `by` units, fewer if negative, for a `reason`."""

    ref: str
    by: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseContinued(Event):
    """A batch that is to hold `qty` units has more allocated, and releases more lines."""

    ref: str
    qty: int
    reason: str | None = None

    def __post_init__(self) -> None:
        clean_text("ref", self.ref, self)
        check_quantity("qty", self.qty, least=0)
        clean_reason(self.reason, self)


@dataclass(frozen=True, slots=True)
class FillContinued(Event):
    """Waiting lines behind the position `after` may fit, too."""

    sku: str
    after: int

    def __post_init__(self) -> None:
        clean_text("sku", self.sku, self)


@dataclass(frozen=True, slots=True)
class OutOfStock(Event):
    """No room for a new line, for the first time since the stock grew; or a line lost its stock."""

    sku: str

    def __post_init__(self) -> None:
        clean_text("sku", self.sku, self)
