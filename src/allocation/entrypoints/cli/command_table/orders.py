"""The commands that change orders and their lines."""

from typing import Final

from allocation.entrypoints.cli.command_table.entries import CommandEntry

ORDERS: Final = (
    CommandEntry(
        "ship",
        "orders:ship",
        "Record that an order, or, with SKU, one of its lines has been shipped.",
        ("allocation ship 10248", "allocation ship 10248 CHAI --qty 5 --from PO-17"),
    ),
    CommandEntry(
        "unship",
        "orders:unship",
        "Take back units that were recorded as shipped by mistake.",
        ("allocation unship 10248 CHAI --qty 2",),
    ),
    CommandEntry(
        "change",
        "orders:change_line",
        "Change the ordered quantity of an order line.",
        ("allocation change 10248 CHAI 8",),
        has_numbers=True,
    ),
    CommandEntry(
        "cancel",
        "orders:cancel",
        "Cancel what has not been shipped of an order, or, with SKU, of a line.",
        ("allocation cancel 10248", "allocation cancel 10248 CHAI --dry-run"),
    ),
)
