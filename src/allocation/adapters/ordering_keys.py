"""The ordering keys of a message, as a store has them: with the products of its batches."""

from collections.abc import Callable
from typing import Final

from allocation.messaging.registry import Registry

SKU: Final = "sku"
BATCH: Final = "batch"


def ordering_keys(
    registry: Registry, message: object, sku_of_batch: Callable[[str], str | None]
) -> set[str]:
    """The ordering keys of a message, and those of the products that its batches belong to.

    The batch is a key by itself, too: as long as its announcement waits, its product is not known.
    """
    keys = set(registry.keys(message))
    skus = [sku_of_batch(name) for kind, name in keys if kind == BATCH]
    keys |= {(SKU, sku) for sku in skus if sku is not None}
    return {f"{kind} {name}" for kind, name in keys}
