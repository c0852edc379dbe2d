"""The commands that read and write files of batches and orders, and of the whole state."""

from typing import Final

from allocation.entrypoints.cli.command_table.entries import CommandEntry, GroupEntry

IMPORT: Final = GroupEntry(
    "import",
    "Import a CSV file, a workbook, or a whole state.",
    (
        CommandEntry(
            "all",
            "states:import_all",
            "Import everything from a file of `allocation export all`, into an empty database.",
            ("allocation import all state.json.gz --database sqlite:///new.db",),
        ),
        CommandEntry(
            "batches",
            "importing.commands:import_batches",
            "Import batches: columns ref, sku, qty, eta (a date; empty for warehouse stock).",
            (
                "allocation import batches batches.csv",
                "allocation import batches count.xlsx --update --dry-run",
            ),
        ),
        CommandEntry(
            "orders",
            "importing.commands:import_orders",
            "Import order lines: columns orderid, sku, qty; each is allocated, or waits.",
            ("allocation import orders orders.csv",),
        ),
        CommandEntry(
            "cancellations",
            "importing.commands:import_cancellations",
            "Import cancellations: column orderid; without a sku, the whole order is cancelled.",
            ("allocation import cancellations cancellations.csv",),
        ),
        CommandEntry(
            "shipments",
            "importing.commands:import_shipments",
            "Import shipments: column orderid; without a sku, the whole order has been shipped.",
            ("allocation import shipments pick-list.csv",),
        ),
        CommandEntry(
            "receipts",
            "importing.commands:import_receipts",
            "Import receipts: column ref; without qty, all of the shipment has arrived.",
            ("allocation import receipts receipts.csv",),
        ),
    ),
)

EXPORT: Final = GroupEntry(
    "export",
    "Export batches, order lines or the pick list as a table, or the whole state.\n\n"
    "All names are exported. Of some, the import cannot tell whether a spreadsheet has made "
    "them, and refuses them: errors such as #N/A, ####, shortened numbers such as 4.00638E+12, "
    'and formulas such as ="001".',
    (
        CommandEntry(
            "all",
            "states:export_all",
            "Export everything, for another database: stock, order lines, the message log with "
            "its keys.",
            ("allocation export all state.json.gz",),
        ),
        CommandEntry(
            "batches",
            "exporting.commands:export_batches",
            "Export the batches with their current quantities and ETAs, by reference.",
            ("allocation export batches batches.csv", "allocation export batches - --sku CHAI"),
        ),
        CommandEntry(
            "orders",
            "exporting.commands:export_orders",
            "Export the order lines of which units are open, by order.",
            ("allocation export orders orders.xlsx",),
        ),
        CommandEntry(
            "backorders",
            "exporting.commands:export_backorders",
            "Export the order lines of which units wait, by sku; the first to be served comes "
            "first.",
            ("allocation export backorders backorders.csv",),
        ),
        CommandEntry(
            "pick-list",
            "exporting.commands:export_pick_list",
            "Export what can leave today: units allocated to batches in the warehouse, by sku and "
            "batch.",
            ("allocation export pick-list pick-list.csv",),
        ),
    ),
)
