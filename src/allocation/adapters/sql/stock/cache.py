"""A cache of recently used products, which are not read again while they are unchanged."""

from collections.abc import Iterable

from allocation.adapters.sql.engine.data_version import DataVersion
from allocation.domain.model import Product

CAPACITY = 100_000
"""The maximum number of cached products and open batches; the least recently used go first."""


class ProductCache:
    """Keeps products between transactions, for one transaction at a time.

    A product is taken out of the cache to be used, and put back once its changes have been
    committed. If the transaction fails, the product is discarded.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._size = 0
        self._products: dict[str, tuple[Product, int]] = {}  # each with its epoch
        self._state: DataVersion | None = None
        self._epoch = 0  # incremented when another connection has written

    def see(self, state: DataVersion | None) -> None:
        """Note the version of the database that the current transaction sees."""
        if state is None or state != self._state:
            self._state = state
            self._epoch += 1

    def committed(self) -> None:
        """Note that the current transaction has been committed, with changes to its products."""
        if self._state is not None:
            self._state = self._state._replace(ours=self._state.ours + 1)

    def take_current(self, sku: str) -> Product | None:
        """Take a product, if no other connection has written since it was put in the cache."""
        cached = self._products.get(sku)
        if cached is None or cached[1] != self._epoch:
            return None
        return self._take(sku)

    def take(self, sku: str, version_number: int) -> Product | None:
        """Take a product, if it is cached in this version."""
        product = self._take(sku)
        return product if product and product.version_number == version_number else None

    def _take(self, sku: str) -> Product | None:
        product, _ = self._products.pop(sku, (None, 0))
        if product is not None:
            self._size -= 1 + len(product.batches.loaded)
        return product

    def put(self, products: Iterable[Product]) -> None:
        """Cache committed products."""
        for product in products:
            product.lines.forget()
            product.batches.forget_exhausted()
            self._products[product.sku] = product, self._epoch
            self._size += 1 + len(product.batches.loaded)
        while self._size > self._capacity:
            self._take(next(iter(self._products)))
