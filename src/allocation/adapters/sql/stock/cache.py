"""Products recently used: they need not be read again while their version is the same."""

from collections.abc import Iterable

from allocation.adapters.sql.engine.data_version import DataVersion
from allocation.domain.model import Product

CAPACITY = 100_000
"""Products and open batches that are kept, together; what was used longest ago goes first."""


class ProductCache:
    """Keeps products between transactions, for one at a time.

    A product is taken out to be used, and put back when what was done to it has been
    committed; one that is in use when a transaction fails is never seen again.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._size = 0
        self._products: dict[str, tuple[Product, int]] = {}  # each with its epoch
        self._state: DataVersion | None = None
        self._epoch = 0  # ends when somebody else writes

    def see(self, state: DataVersion | None) -> None:
        """The transaction in hand finds the database in this state."""
        if state is None or state != self._state:
            self._state = state
            self._epoch += 1

    def committed(self) -> None:
        """The transaction in hand has been committed; it has changed no other products."""
        if self._state is not None:
            self._state = self._state._replace(ours=self._state.ours + 1)

    def take_current(self, sku: str) -> Product | None:
        """The product out of the cache, if nobody else has written since it was put there."""
        cached = self._products.get(sku)
        if cached is None or cached[1] != self._epoch:
            return None
        return self._take(sku)

    def take(self, sku: str, version_number: int) -> Product | None:
        """The product out of the cache, if it is there and of this version."""
        product = self._take(sku)
        return product if product and product.version_number == version_number else None

    def _take(self, sku: str) -> Product | None:
        product, _ = self._products.pop(sku, (None, 0))
        if product is not None:
            self._size -= 1 + len(product.batches.loaded)
        return product

    def put(self, products: Iterable[Product]) -> None:
        """Keep products as they have been committed."""
        for product in products:
            product.lines.forget()
            product.batches.forget_exhausted()
            self._products[product.sku] = product, self._epoch
            self._size += 1 + len(product.batches.loaded)
        while self._size > self._capacity:
            self._take(next(iter(self._products)))
