"""The needs of a message, which are the rows that its handlers read, and its ordering keys.

The stores read and lock the needs of all messages of a group together. The ordering keys of a
message include the products of its batches, which only a store can look up.
"""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from allocation.messaging.registry import Key, Registry

SKU: Final = "sku"
BATCH: Final = "batch"
ORDER: Final = "order"

Created = tuple[str, str]
"""The sku and the reference of a batch that a message announces."""

SkuOfBatch = Callable[[str], str | None]
"""Returns the sku of a batch by its reference, or None if it is not known."""


SkusOfOrder = Callable[[str], Set[str]]
"""Returns the skus of an order's lines."""


class Needs(NamedTuple):
    """Products by sku, by the reference of a batch or by an order, and lines by sku and order."""

    skus: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    created: tuple[Created, ...] = ()
    """The skus and the references of batches that the message announces."""
    orders: tuple[str, ...] = ()


@dataclass(slots=True)
class Prefetch:
    """The combined needs of several messages; their follow-ups concern the same products."""

    skus: set[str] = field(default_factory=set)
    refs: set[str] = field(default_factory=set)
    lines: set[tuple[str, str]] = field(default_factory=set)
    created: set[Created] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, needs: Iterable[Needs]) -> "Prefetch":
        """Combine the needs of several messages."""
        prefetch = cls()
        for need in needs:
            prefetch.skus.update(need.skus)
            prefetch.refs.update(need.refs)
            prefetch.lines.update(need.lines)
            prefetch.created.update(need.created)
            prefetch.orders.update(need.orders)
        return prefetch


def sku_keys(message: Any) -> tuple[Key, ...]:
    """The ordering keys of a message that has the sku of its product."""
    return ((SKU, message.sku),)


def batch_keys(message: Any) -> tuple[Key, ...]:
    """The ordering keys of a message that has the reference of a batch."""
    return ((BATCH, message.ref),)


def ordering_keys(
    registry: Registry, message: object, sku_of_batch: SkuOfBatch, skus_of_order: SkusOfOrder
) -> set[str]:
    """The ordering keys of a message, including the products of its batches and orders.

    The batch is a key, too: while its announcement is pending, its product is not known.
    """
    keys = set(registry.keys(message))
    skus = {sku for kind, name in keys if kind == BATCH if (sku := sku_of_batch(name)) is not None}
    for kind, name in keys:
        if kind == ORDER:
            skus |= skus_of_order(name)
    keys |= {(SKU, sku) for sku in skus}
    return {f"{kind} {name}" for kind, name in keys}


def product_key(registry: Registry | None, message: object, sku_of_batch: SkuOfBatch) -> str | None:
    """The ordering key of the product that a message, or its batch, belongs to."""
    ref = None
    for kind, name in registry.keys(message) if registry is not None else ():
        if kind == SKU:
            return f"{SKU} {name}"
        if kind == BATCH and ref is None:
            ref = name
    sku = None if ref is None else sku_of_batch(ref)
    return None if sku is None else f"{SKU} {sku}"


def key_of_sku(sku: str) -> str:
    """The ordering key of a product."""
    return f"{SKU} {sku}"


def sku_in(key: str) -> str | None:
    """The sku in the ordering key of a product; None for another kind of key."""
    kind, _, name = key.partition(" ")
    return name if kind == SKU else None


def ref_in(key: str) -> str | None:
    """The reference in the ordering key of a batch; None for another kind of key."""
    kind, _, name = key.partition(" ")
    return name if kind == BATCH else None
