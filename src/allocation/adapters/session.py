"""The session port: the products of one transaction, each loaded once."""

from collections.abc import Iterable
from typing import Protocol

from allocation.domain.model import Product
from allocation.domain.order import OrderedLine
from allocation.messaging.errors import LostChange


class Session(Protocol):
    """Loads products, and records their changes.

    The changes have two levels, as with a savepoint: those of the current unit can be rolled
    back; those of earlier units in the same transaction stay.
    """

    def add(self, product: Product) -> None:
        """Add a new product."""

    def product(self, sku: str) -> Product | None:
        """The product with this sku, with the transaction's changes, or None."""

    def product_by_batchref(self, ref: str) -> Product | None:
        """The product that has this batch, with the transaction's changes, or None."""

    def order_lines(self, orderid: str) -> list[OrderedLine]:
        """The lines of an order, with the transaction's changes, in any order."""

    def record_changes(self, changed: Iterable[Product]) -> None:
        """Record the changes of these products in the current unit.

        Raises:
            LostChange: one of them has changes, but no new version.
        """

    def forget(self, touched: Iterable[Product]) -> None:
        """Discard these objects: the products are loaded again when needed."""

    def forget_unrecorded(self, touched: Iterable[Product]) -> None:
        """Discard those of these objects that have changed since their changes were recorded."""

    def release_unit(self) -> bool:
        """End the current unit, and keep its changes; return whether there were any."""

    def rollback_unit(self) -> None:
        """End the current unit, and discard its changes."""

    def commit(self) -> None:
        """Write all changes, and commit durably.

        Raises:
            Conflict: another writer has changed one of the products.
        """


def without_new_version(product: Product) -> LostChange:
    """The error about a product that has changed, but not its version."""
    return LostChange(product, "its version_number has not: docs/adding-a-message.md, step 2")
