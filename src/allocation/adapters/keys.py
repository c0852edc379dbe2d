"""By what messages are kept in order, and found."""


def sku_of(message: object) -> str | None:
    """The product that a message names, if it names one."""
    sku: str | None = getattr(message, "sku", None)
    return sku


def ref_of(message: object) -> str | None:
    """The batch that a message names, if it names one."""
    ref: str | None = getattr(message, "ref", None)
    return ref


def names(sku: str | None, message: object) -> set[str]:
    """What a message of this product is kept in order with: the product, and its batch.

    The batch by itself, too: as long as its announcement waits, its product is not known.
    """
    ref = ref_of(message)
    named = (None if sku is None else f"sku {sku}", None if ref is None else f"batch {ref}")
    return {name for name in named if name is not None}
