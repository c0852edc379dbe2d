"""A cache of recently used products, which are not read again while they are unchanged."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from allocation.adapters.sql.engine.data_version import DataVersion
from allocation.domain.batches import StoredBatches
from allocation.domain.model import Product
from allocation.domain.stored_lines import StoredLines

CAPACITY = 100_000
"""The maximum number of cached products and open batches; the least recently used go first."""


class ProductCache:
    """Keeps products between transactions, for one transaction at a time.

    A product is taken out of the cache to be used, and put back once its changes have been
    committed. If the transaction fails, the product is discarded. A dry run uses a copy.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._size = 0
        self._products: dict[str, tuple[Product, int]] = {}  # each with its epoch
        self._copies: list[ProductCopies] = []
        """The copies of cached products that are in use."""
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

    def peek(self, sku: str) -> Product | None:
        """A product that stays in the cache, and may not be changed, if it is cached."""
        return self._products.get(sku, (None, 0))[0]

    @contextmanager
    def copying(self) -> Iterator["ProductCopies"]:
        """Copies of cached products, for one transaction that is never committed."""
        copies = ProductCopies(self)
        self._copies.append(copies)
        try:
            yield copies
        finally:
            self._copies.remove(copies)

    def _take(self, sku: str) -> Product | None:
        product, _ = self._products.pop(sku, (None, 0))
        for copies in self._copies:
            copies.separate(sku)  # from now on, the product may change
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


class ProductCopies:
    """Copies of cached products, which are not put into the cache."""

    def __init__(self, cache: ProductCache) -> None:
        self._cache = cache
        self._copied: dict[str, Product] = {}

    def copy(
        self, sku: str, version_number: int, lines: StoredLines, batches: StoredBatches
    ) -> Product | None:
        """A copy of a product that is cached in this version, if it is."""
        product = self._cache.peek(sku)
        if product is None or product.version_number != version_number:
            return None
        copied = self._copied[sku] = product.copy(lines, batches)
        return copied

    def separate(self, sku: str) -> None:
        """Let the copy of a product share nothing with it any more."""
        copied = self._copied.pop(sku, None)
        if copied is not None:
            copied.batches.separate()
