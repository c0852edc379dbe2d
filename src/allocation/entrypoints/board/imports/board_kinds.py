"""The kinds of files that can be imported in the board, and the scopes that they need."""

from collections.abc import Collection
from typing import Final, NamedTuple

from allocation.access.scopes import Scope
from allocation.entrypoints.importing.kinds import (
    BATCHES,
    CANCELLATIONS,
    COUNT,
    ORDER_LINES,
    RECEIPTS,
    SHIPMENTS,
    Kind,
)
from allocation.errors import InvalidValue


class BoardKind(NamedTuple):
    """A kind of file in a form.

    Attributes:
        name: its value in the form.
        title: its words in the form.
        effect: what a row does.
        kind: its columns and messages.
        scope: what its messages need.
    """

    name: str
    title: str
    effect: str
    kind: Kind
    scope: Scope


BOARD_KINDS: Final = (
    BoardKind(
        *("batches", "New batches", "adds a batch, and allocates lines that wait for it"),
        *(BATCHES, Scope.STOCK),
    ),
    BoardKind(
        "count",
        "Count of batches",
        "sets a batch to the units and the date of the file, or adds it",
        *(COUNT, Scope.STOCK),
    ),
    BoardKind(
        "receipts",
        "Receipts",
        "puts a shipment, or a part of it, into stock",
        *(RECEIPTS, Scope.STOCK),
    ),
    BoardKind(
        *("orders", "Order lines", "allocates an order line, or lets it wait"),
        *(ORDER_LINES, Scope.ORDERS),
    ),
    BoardKind(
        "cancellations",
        "Cancellations",
        "cancels an order line, or a whole order",
        *(CANCELLATIONS, Scope.ORDERS),
    ),
    BoardKind(
        *("shipments", "Shipments to customers", "takes the shipped units out of stock"),
        *(SHIPMENTS, Scope.ORDERS),
    ),
)

IMPORTERS: Final = frozenset(each.scope for each in BOARD_KINDS)
"""The scopes of which one is needed to import any file."""


def permitted_kinds(scopes: Collection[Scope]) -> list[BoardKind]:
    """The kinds of files that callers with these scopes may import."""
    return [each for each in BOARD_KINDS if each.scope in scopes]


def kind_named(name: str | None) -> BoardKind:
    """The kind with this name.

    Raises:
        InvalidValue: there is none.
    """
    for each in BOARD_KINDS:
        if each.name == name:
            return each
    names = ", ".join(each.name for each in BOARD_KINDS)
    raise InvalidValue("kind", name, f"is not one of {names}")
