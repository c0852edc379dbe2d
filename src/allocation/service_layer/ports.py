"""What the use cases ask of whoever keeps the products."""

from collections.abc import Iterable
from typing import Protocol

from allocation.domain.model import Product


class Products(Protocol):
    """The collection of all products; it gives aggregates, whole."""

    @property
    def seen(self) -> Iterable[Product]:
        """The products that were added or got, whose events are to be collected."""

    def add(self, product: Product) -> None:
        """Take in a new product."""

    def get(self, sku: str) -> Product | None:
        """The product of this sku, if there is one."""

    def get_by_batchref(self, batchref: str) -> Product | None:
        """The product that has the batch of this reference, if there is one."""
