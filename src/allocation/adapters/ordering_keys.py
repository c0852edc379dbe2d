"""The ordering keys of a message, as a store has them: with the products of its batches."""

from collections.abc import Callable
from typing import Final

from allocation.messaging.registry import Registry

SKU: Final = "sku"
BATCH: Final = "batch"

SkuOfBatch = Callable[[str], str | None]
"""Gives the product that a batch belongs to, as far as it is known."""


def ordering_keys(registry: Registry, message: object, sku_of_batch: SkuOfBatch) -> set[str]:
    """The ordering keys of a message, and those of the products that its batches belong to.

    The batch is a key by itself, too: as long as its announcement waits, its product is not known.
    """
    keys = set(registry.keys(message))
    skus = [sku_of_batch(name) for kind, name in keys if kind == BATCH]
    keys |= {(SKU, sku) for sku in skus if sku is not None}
    return {f"{kind} {name}" for kind, name in keys}


def product_key(registry: Registry | None, message: object, sku_of_batch: SkuOfBatch) -> str | None:
    """The ordering key of the product that a message, or its batch, belongs to."""
    if registry is None:
        return None
    sku = registry.key(message, SKU)
    if sku is None and (ref := registry.key(message, BATCH)) is not None:
        sku = sku_of_batch(ref)
    return None if sku is None else key_of_sku(sku)


def key_of_sku(sku: str) -> str:
    """The ordering key of a product."""
    return f"{SKU} {sku}"


def sku_in(key: str) -> str | None:
    """The product that an ordering key names, if it is a product's."""
    kind, _, name = key.partition(" ")
    return name if kind == SKU else None


def ref_in(key: str) -> str | None:
    """The batch that an ordering key names, if it is a batch's."""
    kind, _, name = key.partition(" ")
    return name if kind == BATCH else None
