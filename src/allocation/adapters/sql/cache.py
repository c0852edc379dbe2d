"""Products recently used: they need not be read again while their version is the same."""

from allocation.domain.model import Product

CAPACITY = 100_000
"""Products and batches that are kept, together; what was used longest ago goes first."""


class ProductCache:
    """Keeps products between transactions, for one at a time.

    A product is taken out to be used, and put back when what was done to it has been
    committed; one that is in use when a transaction fails is never seen again.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._size = 0
        self._products: dict[str, Product] = {}

    def take(self, sku: str, version_number: int) -> Product | None:
        """The product out of the cache, if it is there and of this version."""
        product = self._products.pop(sku, None)
        if product is None:
            return None
        self._size -= _size(product)
        return product if product.version_number == version_number else None

    def put(self, product: Product) -> None:
        """Keep a product as it has been committed."""
        product.lines.read_from(None)
        self._products[product.sku] = product
        self._size += _size(product)
        while self._size > self._capacity:
            self._size -= _size(self._products.pop(next(iter(self._products))))


def _size(product: Product) -> int:
    return 1 + len(product.batches)
