"""The domain: a product, its batches, and the set of lines allocated to each."""

from dataclasses import dataclass
from datetime import date


class OutOfStock(Exception):
    """No batch has room for the line."""


@dataclass(unsafe_hash=True)
class OrderLine:
    """So many units for an order."""

    orderid: str
    sku: str
    qty: int


class Batch:
    """A quantity of one sku; how much is left follows from the lines."""

    def __init__(self, reference: str, sku: str, qty: int, eta: date | None = None) -> None:
        self.reference = reference
        self.sku = sku
        self.eta = eta
        self.purchased_quantity = qty
        self.allocations: set[OrderLine] = set()

    @property
    def available_quantity(self) -> int:
        """Units that no line has."""
        return self.purchased_quantity - sum(line.qty for line in self.allocations)

    def can_allocate(self, line: OrderLine) -> bool:
        """Whether there is room for the line."""
        return self.sku == line.sku and self.available_quantity >= line.qty

    def allocate(self, line: OrderLine) -> None:
        """Give the line its units."""
        if self.can_allocate(line):
            self.allocations.add(line)


class Product:
    """The aggregate."""

    def __init__(self, sku: str, batches: list[Batch], version_number: int = 0) -> None:
        self.sku = sku
        self.batches = batches
        self.version_number = version_number

    def allocate(self, line: OrderLine) -> str:
        """Allocate from stock first, then from what comes earliest.

        Raises:
            OutOfStock: no batch has room.
        """
        for batch in sorted(self.batches, key=lambda b: b.eta or date.min):
            if batch.can_allocate(line):
                batch.allocate(line)
                self.version_number += 1
                return batch.reference
        raise OutOfStock(line.sku)
