"""The table of all commands, which is read without importing any of them."""

from collections.abc import Mapping
from typing import Final

from allocation.entrypoints.cli.command_table.entries import CommandEntry, Entry, GroupEntry
from allocation.entrypoints.cli.command_table.looking import LOOKING
from allocation.entrypoints.cli.command_table.operation import OPERATION
from allocation.entrypoints.cli.command_table.orders import ORDERS
from allocation.entrypoints.cli.command_table.stock import STOCK

__all__ = ["PANELS", "CommandEntry", "Entry", "GroupEntry"]

PANELS: Final[Mapping[str, tuple[Entry, ...]]] = {
    "Stock": STOCK,
    "Orders": ORDERS,
    "Looking": LOOKING,
    "Operation": OPERATION,
}
"""The commands of each panel of `allocation --help`."""
