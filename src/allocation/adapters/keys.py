"""The ordering keys of messages."""


def sku_of(message: object) -> str | None:
    """The sku that a message names, or None."""
    sku: str | None = getattr(message, "sku", None)
    return sku


def ref_of(message: object) -> str | None:
    """The batch reference that a message names, or None."""
    ref: str | None = getattr(message, "ref", None)
    return ref


def names(sku: str | None, message: object) -> set[str]:
    """The ordering keys of a message of this product: the product, and the batch it names.

    The batch is a key of its own, since its product is unknown until it has been announced.
    """
    named = {"sku": sku, "batch": ref_of(message)}
    return {f"{kind} {name}" for kind, name in named.items() if name is not None}
