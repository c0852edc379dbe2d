"""The navigation of the board: its sections."""

from typing import Final, NamedTuple

from allocation.access.scopes import Scope
from allocation.entrypoints.board.addresses import ROOT


class NavigationItem(NamedTuple):
    """A link to a section, and the scope that the section needs."""

    name: str
    path: str
    scope: Scope = Scope.READ


NAVIGATION: Final = (
    NavigationItem("Now", "/"),
    NavigationItem("Stock", f"{ROOT}/stock"),
    NavigationItem("Orders", f"{ROOT}/orders"),
    NavigationItem("Shipments", f"{ROOT}/shipments"),
    NavigationItem("Messages", f"{ROOT}/messages"),
    NavigationItem("Flow", f"{ROOT}/flow"),
    NavigationItem("Import", f"{ROOT}/import"),
    NavigationItem("Access", f"{ROOT}/access", Scope.ADMIN),
)
