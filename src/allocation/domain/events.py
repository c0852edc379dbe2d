"""The messages: what comes in, and what follows from it.

`BatchCreated` and `AllocationRequired` are requests named as facts; they are the
chapter's words, and stay (docs/glossary.md). Events are immutable, equal by value, and
know nothing of ids or attempts: those travel in the envelope around them. An event
that cannot be does not exist: the constructors raise `InvalidValue`.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Self

from allocation.domain.validation import check_eta, check_quantity, clean_text


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened or is asked for."""

    @classmethod
    def restore(cls, **facts: object) -> Self:
        """The event as it is on record: it was checked when it entered."""
        event = cls.__new__(cls)
        for name, value in facts.items():
            object.__setattr__(event, name, value)
        return event


@dataclass(frozen=True, slots=True)
class BatchCreated(Event):
    """There is a new batch: `qty` units of `sku`, in the warehouse or due on `eta`."""

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
    """The batch turned out to hold `qty` units in all, promised ones included."""

    ref: str
    qty: int

    def __post_init__(self) -> None:
        clean_text("ref", self.ref, self)
        check_quantity("qty", self.qty, least=0)


@dataclass(frozen=True, slots=True)
class _LineEvent(Event):
    """Something that concerns one order line."""

    _texts: ClassVar[tuple[str, ...]] = ("orderid", "sku")

    orderid: str
    sku: str
    qty: int

    def __post_init__(self) -> None:
        for name in self._texts:
            clean_text(name, getattr(self, name), self)
        check_quantity("qty", self.qty)


@dataclass(frozen=True, slots=True)
class AllocationRequired(_LineEvent):
    """An order line needs stock: a new one, or one whose stock may have changed."""


@dataclass(frozen=True, slots=True)
class Allocated(_LineEvent):
    """The order line is promised from this batch now.

    `backordered` says that the line has waited until now. Two are equal if they promise the same
    line from the same batch.
    """

    _texts = ("orderid", "sku", "batchref")

    batchref: str
    backordered: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Deallocated(_LineEvent):
    """The order line was taken off this batch for the `reason` given, and waits from now on."""

    _texts = ("orderid", "sku", "batchref", "reason")

    batchref: str
    reason: str


@dataclass(frozen=True, slots=True)
class Backordered(_LineEvent):
    """The order line is new, no batch has room for it, and it waits from now on."""


@dataclass(frozen=True, slots=True)
class ReleaseContinued(Event):
    """A batch that is to hold `qty` units has more promised, and goes on with taking lines off.

    `left` is what it was left to hold: where it holds something else, it has been corrected since.
    """

    ref: str
    qty: int
    left: int

    def __post_init__(self) -> None:
        clean_text("ref", self.ref, self)
        check_quantity("qty", self.qty, least=0)
        check_quantity("left", self.left, least=0)


@dataclass(frozen=True, slots=True)
class FillContinued(Event):
    """Waiting lines behind the position `after` may still fit since the batch `ref` has changed.

    `lost` says that lines were taken off the batch, of which one may be left without stock.
    """

    sku: str
    ref: str
    after: int
    lost: bool = False

    def __post_init__(self) -> None:
        clean_text("sku", self.sku, self)
        clean_text("ref", self.ref, self)


@dataclass(frozen=True, slots=True)
class OutOfStock(Event):
    """A line found no room, the first since the stock grew, or lost its stock for good."""

    sku: str

    def __post_init__(self) -> None:
        clean_text("sku", self.sku, self)
