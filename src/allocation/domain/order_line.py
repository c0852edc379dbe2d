"""An order line, and its allocation."""

from dataclasses import dataclass
from typing import NamedTuple

from allocation.domain.validation import check_quantity, clean_text


@dataclass(frozen=True, slots=True)
class OrderLine:
    """`qty` units of `sku` for one order; an order has at most one line for a sku.

    Raises:
        InvalidValue: one of the attributes is invalid.
    """

    orderid: str
    sku: str
    qty: int

    def __post_init__(self) -> None:
        clean_text("orderid", self.orderid, self)
        clean_text("sku", self.sku, self)
        check_quantity("qty", self.qty)


class Allocation(NamedTuple):
    """The state of a line: allocated to a batch, or waiting (`batchref` is None).

    `position` is the line's place in the order of acceptance and never changes: the lowest is
    served first. `allocation_number` numbers the allocations of a product: when a batch shrinks,
    the highest is deallocated first. A waiting line has none.
    """

    line: OrderLine
    position: int
    batchref: str | None = None
    allocation_number: int | None = None
