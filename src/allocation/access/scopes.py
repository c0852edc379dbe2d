"""The scopes of access keys."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """What a key permits."""

    READ = "read"
    """Read everything but the keys."""
    ORDERS = "orders"
    """Send the messages about orders, and read."""
    STOCK = "stock"
    """Send the messages about stock, and read."""
    ADMIN = "admin"
    """Everything, including dead letters and keys."""


IMPLIED: Final = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.ORDERS: frozenset({Scope.ORDERS, Scope.READ}),
    Scope.STOCK: frozenset({Scope.STOCK, Scope.READ}),
    Scope.ADMIN: frozenset(Scope),
}
"""The scopes that each scope includes."""


def expand(scopes: Collection[Scope]) -> frozenset[Scope]:
    """All scopes that these scopes include, such as `read` for `orders`."""
    return frozenset(included for scope in scopes for included in IMPLIED[scope])
