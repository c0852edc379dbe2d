"""By what messages are kept in order, and found."""


def sku_of(message: object) -> str | None:
    """The product that a message names, if it names one."""
    sku: str | None = getattr(message, "sku", None)
    return sku


def ref_of(message: object) -> str | None:
    """The batch that a message names, if it names one."""
    ref: str | None = getattr(message, "ref", None)
    return ref
