"""What a session is: the products of one transaction, each given once."""

from collections.abc import Iterable
from typing import Protocol

from allocation.domain.model import Product


class Session(Protocol):
    """Gives products, and takes down what has changed in them.

    In two layers: what the unit in hand has staged can be dropped; what was kept before
    it in the same transaction stays.
    """

    def add(self, product: Product) -> None:
        """Take in a new product."""

    def product(self, sku: str) -> Product | None:
        """The product of this sku, as this transaction has it so far."""

    def product_by_batchref(self, ref: str) -> Product | None:
        """The product that has this batch, as this transaction has it so far."""

    def record_changes(self, changed: Iterable[Product]) -> None:
        """Take down what has changed in these products, for the unit in hand."""

    def forget(self, touched: Iterable[Product]) -> None:
        """Read these products anew when they are needed next: what they hold is void."""

    def forget_unrecorded(self, touched: Iterable[Product]) -> None:
        """The same for those that have changed since they were staged."""

    def release_unit(self) -> bool:
        """The unit in hand is done; what it staged, if anything, is the transaction's."""

    def rollback_unit(self) -> None:
        """The unit in hand has failed; what it staged is void."""

    def commit(self) -> None:
        """Write what has been kept, and make it durable.

        Raises:
            Conflict: somebody else changed the same product meanwhile.
        """
