"""An order line, and where it stands."""

from dataclasses import dataclass
from typing import NamedTuple

from allocation.domain.validation import check_quantity, clean_text


@dataclass(frozen=True, slots=True)
class OrderLine:
    """`qty` units of `sku` for one order; an order has at most one line for a sku.

    Raises:
        InvalidValue: if one of the three cannot be.
    """

    orderid: str
    sku: str
    qty: int

    def __post_init__(self) -> None:
        clean_text("orderid", self.orderid, self)
        clean_text("sku", self.sku, self)
        check_quantity("qty", self.qty)


class Allocation(NamedTuple):
    """Where a line stands: promised from a batch, or waiting (`batchref` is None).

    `position` is the line's place in the order of acceptance and never changes: the
    lowest is served first. `allocation_number` numbers the promises of the product: on a batch
    that shrinks, the highest is taken off first. A waiting line has none.
    """

    line: OrderLine
    position: int
    batchref: str | None = None
    allocation_number: int | None = None
