"""The port through which the use cases load and store products."""

from collections.abc import Iterable
from typing import Protocol

from allocation.domain.model import Product
from allocation.domain.order import Order


class Products(Protocol):
    """The repository of products; it returns whole aggregates."""

    @property
    def seen(self) -> Iterable[Product]:
        """The products that were added or loaded, whose events the unit of work collects."""

    def add(self, product: Product) -> None:
        """Add a new product."""

    def get(self, sku: str) -> Product | None:
        """The product of this sku, if there is one."""

    def get_by_batchref(self, batchref: str) -> Product | None:
        """The product that has the batch of this reference, if there is one."""


class Orders(Protocol):
    """The repository of orders, which are summaries of their lines."""

    @property
    def seen(self) -> Iterable[Order]:
        """The orders that were loaded, whose events the unit of work collects."""

    def get(self, orderid: str) -> Order | None:
        """The order with this id, if any line of it was accepted."""
