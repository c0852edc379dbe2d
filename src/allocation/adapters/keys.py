"""By what messages are kept in order, and found."""


def sku_of(message: object) -> str | None:
    """The product that a message names, if it names one."""
    sku: str | None = getattr(message, "sku", None)
    return sku


def ref_of(message: object) -> str | None:
    """The batch that a message names, if it names one."""
    ref: str | None = getattr(message, "ref", None)
    return ref


def sku_in(key: str) -> str | None:
    """The product that an ordering key names, if it is a product's."""
    kind, _, name = key.partition(" ")
    return name if kind == "sku" else None


def ref_in(key: str) -> str | None:
    """The batch that an ordering key names, if it is a batch's."""
    kind, _, name = key.partition(" ")
    return name if kind == "batch" else None


def names(sku: str | None, message: object) -> set[str]:
    """What a message of this product is kept in order with: the product, and its batch.

    The batch by itself, too: as long as its announcement waits, its product is not known.
    """
    named = {"sku": sku, "batch": ref_of(message)}
    return {f"{kind} {name}" for kind, name in named.items() if name is not None}
