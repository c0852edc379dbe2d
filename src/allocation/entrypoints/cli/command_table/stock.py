"""The commands that change batches."""

from typing import Final

from allocation.entrypoints.cli.command_table.entries import CommandEntry

STOCK: Final = (
    CommandEntry(
        "set-quantity",
        "set_quantity:set_quantity",
        "Correct a batch's quantity, and list the order lines that moved.",
        (
            "allocation set-quantity PO-17 40",
            'allocation set-quantity PO-17 38 --reason "two broken" --dry-run',
        ),
        has_numbers=True,
    ),
    CommandEntry(
        "set-eta",
        "batches:set_eta",
        "Change the day on which a batch is due, or say that it has arrived.",
        ("allocation set-eta PO-17 2027-01-15", "allocation set-eta PO-17 arrived"),
    ),
    CommandEntry(
        "receive",
        "batches:receive",
        "Receive a shipment, or, with QTY and --as, a part of it.",
        ("allocation receive PO-17", "allocation receive PO-17 25 --as PO-17-A"),
        has_numbers=True,
    ),
    CommandEntry(
        "block",
        "batches:block",
        "Block a batch, for example after a recall, and move its order lines.",
        ("allocation block PO-17 --reason recall", "allocation block PO-17 --dry-run"),
    ),
    CommandEntry(
        "unblock",
        "batches:unblock",
        "Use a blocked batch again, for the oldest waiting order lines first.",
        ("allocation unblock PO-17",),
    ),
    CommandEntry(
        "cancel-batch",
        "batches:cancel_batch",
        "Cancel a batch for good, and move its order lines.",
        ("allocation cancel-batch PO-17 --reason 'lost at sea'",),
    ),
)
