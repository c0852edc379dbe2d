"""An order line, and its parts."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, NamedTuple, Self

from allocation.domain.validation import check_date, check_flag, check_quantity, clean_text

State = Literal["waiting", "allocated", "shipped", "cancelled"]
WAITING: Final[State] = "waiting"
ALLOCATED: Final[State] = "allocated"
SHIPPED: Final[State] = "shipped"
CANCELLED: Final[State] = "cancelled"

LineKey = tuple[str, str]
"""The order id and the name of a line."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """`qty` units of `sku` for one order, shipped units included.

    An order has several lines for a sku only if each has another name, `line`. The customer needs
    the units on the day `required_by`, if one is given. A line with `split` may be allocated to
    several batches; another line is allocated whole, or waits whole.

    Raises:
        InvalidValue: one of the attributes is invalid.
    """

    orderid: str
    sku: str
    qty: int
    line: str = ""
    required_by: date | None = None
    split: bool = False
    key: LineKey = field(init=False, compare=False, repr=False)
    """The order id and the name of the line, which identify it within its product."""

    def __post_init__(self) -> None:
        clean_text("orderid", self.orderid, self)
        clean_text("sku", self.sku, self)
        check_quantity("qty", self.qty)
        if self.line:
            clean_text("line", self.line, self)
        if self.required_by is not None:
            check_date("required_by", self.required_by)
        if self.split is not False:
            check_flag("split", self.split)
        object.__setattr__(self, "key", (self.orderid, self.line))

    @classmethod
    def restore(
        cls,
        orderid: str,
        sku: str,
        qty: int,
        line: str,
        required_by: date | None,
        split: bool,
    ) -> Self:
        """Make a line of attributes that were validated before; in half the time."""
        restored, put = cls.__new__(cls), object.__setattr__
        put(restored, "orderid", orderid)
        put(restored, "sku", sku)
        put(restored, "qty", qty)
        put(restored, "line", line)
        put(restored, "required_by", required_by)
        put(restored, "split", split)
        put(restored, "key", (orderid, line))
        return restored

    def least_room(self, qty: int) -> int:
        """The least room that `qty` units of the line can use."""
        return 1 if self.split else qty


class Promise(NamedTuple):
    """What a customer was told: the batch, and the day on which the units leave, if it is known."""

    batchref: str
    day: date | None


class Part(NamedTuple):
    """Units of a line that are in the same state, and, if allocated or shipped, of one batch.

    Attributes:
        line: the line that the units belong to.
        qty: the number of units.
        position: the line's place in the order of acceptance, which never changes: the lowest is
            served first.
        state: waiting, allocated, shipped or cancelled.
        batchref: the batch that the units are allocated to, or were shipped from.
        allocation_number: numbers the allocations of a product: a batch that shrinks loses the
            highest first. Only an allocated part has one.
        first_promised: the first date that was promised for the units; None if there was none.
        first_qty: the quantity with which the line was announced; None if it has not changed.
        due: the day after which the part is late. None if the part cannot be late: its line has
            no `required_by`, and its first promised date still holds.
        stale_promise: the last promise that was told for the units, if it does not hold any more.
    """

    line: OrderLine
    qty: int
    position: int
    state: State = WAITING
    batchref: str | None = None
    allocation_number: int | None = None
    first_promised: date | None = None
    first_qty: int | None = None
    due: date | None = None
    stale_promise: Promise | None = None

    @property
    def least_room(self) -> int:
        """The least room that the part can use: 1 if its line may be split."""
        return 1 if self.line.split else self.qty


Parts = tuple[Part, ...]
"""The parts of one line; none if there is no such line.

At most one part is allocated to each batch, at most one was shipped from each batch, at most one
waits, and at most one is cancelled.
"""
