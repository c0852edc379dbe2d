"""The commands that show what there is, and change nothing but old messages of the log."""

from typing import Final

from allocation.entrypoints.cli.command_table.entries import CommandEntry, Entry, GroupEntry

_LIST: Final = GroupEntry(
    "list",
    "List batches, products, orders or order lines, also for programs.",
    (
        CommandEntry(
            "batches",
            "listing.commands:list_batches",
            "List batches with their quantities.",
            ("allocation list batches --sku CHAI", "allocation list batches --json"),
        ),
        CommandEntry(
            "products",
            "listing.commands:list_products",
            "List products with the sums of their stock.",
            ("allocation list products --limit 20",),
        ),
        CommandEntry(
            "orders",
            "listing.commands:list_orders",
            "List orders with the sums of their lines.",
            ("allocation list orders --csv",),
        ),
        CommandEntry(
            "backorders",
            "listing.commands:list_backorders",
            "List what waits for stock.",
            ("allocation list backorders --sku CHAI",),
        ),
        CommandEntry(
            "shipments",
            "listing.commands:list_shipments",
            "List shipments by ETA.",
            ("allocation list shipments",),
        ),
        CommandEntry(
            "late",
            "listing.commands:list_late",
            "List order lines that are late.",
            ("allocation list late --all",),
        ),
        CommandEntry(
            "unshipped",
            "listing.commands:list_unshipped",
            "List what can be shipped now.",
            ("allocation list unshipped",),
        ),
    ),
)

_SHOW: Final = GroupEntry(
    "show",
    "Show a product, a batch, an order, or the lines that a message has moved.",
    (
        CommandEntry(
            "sku",
            "show:show_sku",
            "Show a product's batches, preferred ones first, and its waiting lines, oldest first.",
            ("allocation show sku CHAI", "allocation show sku CHAI --json"),
        ),
        CommandEntry(
            "batch",
            "promised_lines:show_batch",
            "Show a batch, and the order lines that are promised from it.",
            ("allocation show batch PO-17", "allocation show batch PO-17 --csv"),
        ),
        CommandEntry(
            "order",
            "show:show_order",
            "Show the status of each line of an order, and its batch.",
            ("allocation show order 10248",),
        ),
        CommandEntry(
            "moves",
            "moved_lines:show_moves",
            "List the order lines that a message and its follow-ups have moved.",
            ("allocation show moves stock-check-12",),
        ),
    ),
)

_LOG: Final = GroupEntry(
    "log",
    "Inspect and maintain the log of all messages and their status.",
    (
        CommandEntry(
            "show",
            "chain:show",
            "Show a message of the log as a tree with its causes and its follow-ups.",
            ("allocation log show stock-check-12",),
        ),
        CommandEntry(
            "prune",
            "log:prune",
            "Remove old messages from the log.",
            ("allocation log prune --keep-days 90 --archive old-messages.jsonl",),
        ),
        CommandEntry(
            "unfinished",
            "log:unfinished",
            "List messages that are not handled or delivered yet, up to a hundred.",
            ("allocation log unfinished",),
        ),
    ),
)

LOOKING: Final[tuple[Entry, ...]] = (
    CommandEntry(
        "availability",
        "availability:availability",
        "Show what can be promised of a product now, and from which day on.",
        ("allocation availability CHAI --qty 30", "allocation availability CHAI --by 2027-01-15"),
    ),
    CommandEntry(
        "explain",
        "explain:explain",
        "Tell what the lines of an order have lived through, and what has become of them.",
        ("allocation explain 10248", "allocation explain 10248 CHAI --limit 20"),
    ),
    CommandEntry(
        "verify",
        "verify:verify",
        "Recompute every batch's quantities, and which lines wait, from the log.",
        ("allocation verify",),
    ),
    CommandEntry(
        "flow",
        "flow:flow",
        "Show the flow of messages: their types, handlers, and what the handlers raise.",
        ("allocation flow", "allocation flow --mermaid"),
    ),
    CommandEntry(
        "top",
        "top.commands:top",
        "Watch the service: rates, what waits or has failed, and the latest messages.",
        ("allocation top", "allocation top --interval 0.5", "allocation top --once --json"),
    ),
    _LIST,
    _SHOW,
    _LOG,
)
