"""The messages: requests from outside, and the events that follow from them.

`BatchCreated` and `AllocationRequired` are requests that the chapter names like facts
(docs/glossary.md). Events are immutable and compare by value. Ids and attempts belong to the
envelope around an event. The constructors of requests and follow-ups raise `InvalidValue`; facts
are made by the product from values that are valid, and check nothing.
"""

from dataclasses import Field, dataclass, field, fields
from datetime import date
from typing import Any, Final, Self

from allocation.domain.validation import (
    check_date,
    check_flag,
    check_other,
    check_quantity,
    clean_line,
    clean_reason,
    clean_text,
)

INTERNAL: Final[dict[str, Any]] = {"internal": True}
"""The metadata of a field that only follow-ups have; clients cannot send it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened or is requested."""

    @classmethod
    def public_fields(cls) -> list[Field[Any]]:
        """The fields that clients may send."""
        return [field for field in fields(cls) if not field.metadata.get("internal")]

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
        check_date("eta", self.eta)


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
class _BatchEvent(Event):
    """The base class of events about one batch, with an optional `reason`."""

    ref: str
    reason: str | None = None

    def __post_init__(self) -> None:
        clean_text("ref", self.ref, self)
        clean_reason(self.reason, self)


@dataclass(frozen=True, slots=True)
class BatchEtaChanged(Event):
    """The batch is due on another day, or, without an `eta`, has arrived."""

    ref: str
    eta: date | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        clean_text("ref", self.ref, self)
        check_date("eta", self.eta)
        clean_reason(self.reason, self)


@dataclass(frozen=True, slots=True)
class BatchCancelled(_BatchEvent):
    """The batch will not come, or is gone: it holds no units, and its reference stays taken."""


@dataclass(frozen=True, slots=True)
class BatchBlocked(_BatchEvent):
    """The batch may neither be allocated to nor shipped from, until it is unblocked."""


@dataclass(frozen=True, slots=True)
class BatchUnblocked(_BatchEvent):
    """The batch may be used again."""


@dataclass(frozen=True, slots=True)
class BatchPartiallyReceived(Event):
    """`qty` units of a shipment have arrived, and become the batch `new_ref` in the warehouse."""

    ref: str
    new_ref: str
    qty: int
    reason: str | None = None

    def __post_init__(self) -> None:
        clean_text("ref", self.ref, self)
        clean_text("new_ref", self.new_ref, self)
        check_other("new_ref", self.new_ref, self.ref)
        check_quantity("qty", self.qty)
        clean_reason(self.reason, self)


@dataclass(frozen=True, slots=True)
class AllocationRequired(Event):
    """An order line needs stock: a new line, or one that waits and may have room now.

    `line` names one of several lines of the order for the same sku. The customer needs the units
    on the day `required_by`. A line with `split` may be allocated to several batches.
    """

    orderid: str
    sku: str
    qty: int
    line: str | None = None
    required_by: date | None = None
    split: bool | None = None
    follows: bool | None = field(default=None, compare=False, repr=False, metadata=INTERNAL)
    """Whether the line was accepted before, and is to be served again."""

    def __post_init__(self) -> None:
        clean_text("orderid", self.orderid, self)
        clean_text("sku", self.sku, self)
        check_quantity("qty", self.qty)
        if self.line is not None:
            clean_line(self.line, self)
        if self.required_by is not None:
            check_date("required_by", self.required_by)
        if self.split is not None:
            check_flag("split", self.split)


@dataclass(frozen=True, slots=True)
class _LineRequest(Event):
    """The base class of requests about a line that was accepted before.

    Without `line`, the request means the only line of the order for the sku.
    """

    orderid: str
    sku: str
    line: str | None = None
    reason: str | None = None
    follows: bool | None = field(default=None, compare=False, repr=False, metadata=INTERNAL)
    """Whether this is a follow-up, which does nothing if it is obsolete."""

    def __post_init__(self) -> None:
        clean_text("orderid", self.orderid, self)
        clean_text("sku", self.sku, self)
        if self.line is not None:
            clean_line(self.line, self)
        clean_reason(self.reason, self)


@dataclass(frozen=True, slots=True)
class OrderLineCancelled(_LineRequest):
    """The customer does not want the units of the line any more that have not been shipped."""


@dataclass(frozen=True, slots=True)
class OrderLineChanged(Event):
    """The customer wants `qty` units in all, shipped ones included."""

    orderid: str
    sku: str
    qty: int
    line: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        clean_text("orderid", self.orderid, self)
        clean_text("sku", self.sku, self)
        check_quantity("qty", self.qty)
        if self.line is not None:
            clean_line(self.line, self)
        clean_reason(self.reason, self)


@dataclass(frozen=True, slots=True)
class _Shipment(Event):
    """The base class of requests about units that leave, or come back.

    Without `qty`, all units are meant; without `ref`, those of any batch.
    """

    orderid: str
    sku: str
    qty: int | None = None
    ref: str | None = None
    line: str | None = None
    reason: str | None = None
    follows: bool | None = field(default=None, compare=False, repr=False, metadata=INTERNAL)
    """Whether this is a follow-up, which does nothing if it is obsolete."""

    def __post_init__(self) -> None:
        clean_text("orderid", self.orderid, self)
        clean_text("sku", self.sku, self)
        if self.qty is not None:
            check_quantity("qty", self.qty)
        if self.ref is not None:
            clean_text("ref", self.ref, self)
        if self.line is not None:
            clean_line(self.line, self)
        clean_reason(self.reason, self)


@dataclass(frozen=True, slots=True)
class OrderLineShipped(_Shipment):
    """Units of the line have left the warehouse: all open ones, or `qty`.

    With `ref`, they were taken from that batch, whatever batch they were allocated to.
    """


@dataclass(frozen=True, slots=True)
class OrderLineUnshipped(_Shipment):
    """Units were recorded as shipped by mistake: they come back to the batch they left.

    With `ref`, only those that have left that batch are meant.
    """


@dataclass(frozen=True, slots=True)
class _OrderEvent(Event):
    """The base class of requests about a whole order."""

    orderid: str
    reason: str | None = None

    def __post_init__(self) -> None:
        clean_text("orderid", self.orderid, self)
        clean_reason(self.reason, self)


@dataclass(frozen=True, slots=True)
class OrderCancelled(_OrderEvent):
    """The customer does not want what has not been shipped of the order."""


@dataclass(frozen=True, slots=True)
class OrderShipped(_OrderEvent):
    """All open lines of the order have left the warehouse."""


@dataclass(frozen=True, slots=True)
class ReleaseContinued(Event):
    """A batch of which `qty` units may be allocated has more allocated, and releases more lines."""

    ref: str
    qty: int
    reason: str | None = None

    def __post_init__(self) -> None:
        clean_text("ref", self.ref, self)
        check_quantity("qty", self.qty, least=0)
        clean_reason(self.reason, self)


@dataclass(frozen=True, slots=True)
class ReceiptContinued(Event):
    """Of a shipment that has arrived in part, `qty` more units become part of `new_ref`.

    `after` is the allocation number of the last order line that was considered.
    """

    ref: str
    new_ref: str
    qty: int
    after: int

    def __post_init__(self) -> None:
        clean_text("ref", self.ref, self)
        clean_text("new_ref", self.new_ref, self)
        check_quantity("qty", self.qty)


@dataclass(frozen=True, slots=True)
class DelayContinued(Event):
    """More lines have another day than `before`: those with an allocation number above `after`.

    With `noted`, all of them have been noted; of those that miss their required day, the ones
    behind the position `after` are to be served next.
    """

    ref: str
    after: int
    before: date | None = None
    noted: bool = False

    def __post_init__(self) -> None:
        clean_text("ref", self.ref, self)


@dataclass(frozen=True, slots=True)
class FillContinued(Event):
    """Waiting or late lines behind the position `after` may fit, too.

    With `again`, late lines have moved, and the room that they have left is offered to all lines
    after the last portion.
    """

    sku: str
    after: int
    again: bool = False

    def __post_init__(self) -> None:
        clean_text("sku", self.sku, self)


@dataclass(frozen=True, slots=True)
class SupplyOverdue(Event):
    """The shipment was due on `eta`, has not arrived, and units of it are expected.

    A daily job sends it, once for each `eta`.
    """

    ref: str
    eta: date

    def __post_init__(self) -> None:
        clean_text("ref", self.ref, self)
        check_date("eta", self.eta)


@dataclass(frozen=True, slots=True)
class PromiseReviewRequired(Event):
    """Promises of lines from the position `after` on have changed, and were not told yet."""

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


@dataclass(frozen=True, slots=True)
class _LineFact(Event):
    """The base class of facts about units of one order line."""

    orderid: str
    sku: str
    qty: int


@dataclass(frozen=True, slots=True)
class Allocated(_LineFact):
    """Units of the line have been allocated to this batch.

    `backordered` says whether they have waited before, and `eta` is the day on which the batch is
    due, None if it is in the warehouse. If the line has grown on the batch, it had the units
    `before` there. None of these counts in comparisons.
    """

    batchref: str
    backordered: bool = field(default=False, compare=False)
    line: str | None = None
    eta: date | None = field(default=None, compare=False)
    before: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Deallocated(_LineFact):
    """Units of the line have been deallocated from this batch for a `reason`, and wait.

    `eta` is the day on which the batch is due; it does not count in comparisons.
    """

    batchref: str
    reason: str
    line: str | None = None
    eta: date | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Backordered(_LineFact):
    """Units of the line are new, no batch has room for them, and they wait."""

    line: str | None = None


@dataclass(frozen=True, slots=True)
class PromiseChanged(_LineFact):
    """The customer was told one batch and day, and now another batch or day is promised.

    A day of None is not known: the batch is overdue, or, without a batch, none was promised. The
    customer needs the units on the day `required_by`, and was promised `first_promised` first;
    neither counts in comparisons.
    """

    from_batchref: str | None
    from_day: date | None
    to_batchref: str
    to_day: date | None
    line: str | None = None
    required_by: date | None = field(default=None, compare=False)
    first_promised: date | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PromiseLost(_LineFact):
    """The customer was told this batch and day, and now the units wait without a promise."""

    batchref: str
    day: date | None
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Shipped(_LineFact):
    """Units of the line that were allocated to this batch have left it."""

    batchref: str
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Unshipped(_LineFact):
    """Units of the line have come back to the batch that they had left, and are allocated to it."""

    batchref: str
    reason: str
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Cancelled(_LineFact):
    """Units of the line are not wanted any more.

    They were allocated to this batch, or, without one, they waited.
    """

    reason: str
    batchref: str | None = None
    line: str | None = None


@dataclass(frozen=True, slots=True)
class BackInStock(Event):
    """The stock of the product grows, for the first time since it ran out."""

    sku: str


@dataclass(frozen=True, slots=True)
class BatchQuantityAdjusted(Event):
    """The quantity of the batch was corrected by `by` units, fewer if negative, for a `reason`."""

    ref: str
    by: int
    reason: str


@dataclass(frozen=True, slots=True)
class BatchReceived(Event):
    """A batch of `qty` units exists because a part of a shipment has arrived."""

    ref: str
    sku: str
    qty: int
