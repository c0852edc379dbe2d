"""What a message needs of the stock: read together, and locked, before its handlers run."""

from typing import NamedTuple


class Needs(NamedTuple):
    """Products by sku, the products of batches by reference, order lines by sku and order."""

    skus: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    created: tuple[tuple[str, str], ...] = ()
    """The skus and the references of batches that the message announces."""
