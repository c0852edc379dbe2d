"""The commands that run the service and look after its database."""

from typing import Final

from allocation.entrypoints.cli.command_table.entries import CommandEntry, Entry, GroupEntry
from allocation.entrypoints.cli.command_table.files import EXPORT, IMPORT

_DEAD_LETTERS: Final = GroupEntry(
    "dead-letters",
    "Inspect, replay and discard messages that failed for about a day.",
    (
        CommandEntry(
            "list",
            "dead_letters:list_oldest",
            "List the oldest dead letters, up to a hundred.",
            ("allocation dead-letters list",),
        ),
        CommandEntry(
            "show",
            "dead_letters:show",
            "Show a dead letter: the message, and the error of its last attempt.",
            ("allocation dead-letters show 0198c5a2",),
        ),
        CommandEntry(
            "replay",
            "dead_letters:replay",
            "Replay one or all dead letters; each keeps its id.",
            ("allocation dead-letters replay 0198c5a2", "allocation dead-letters replay --all"),
        ),
        CommandEntry(
            "discard",
            "dead_letters:discard",
            "Discard a dead letter for good; it stays in the log.",
            ("allocation dead-letters discard 0198c5a2",),
        ),
    ),
)

_KEYS: Final = GroupEntry(
    "keys",
    "Create, list, rotate and revoke the keys that clients need for access over HTTP.",
    (
        CommandEntry(
            "create",
            "access_keys:create",
            "Create a key and print it, once: only its hash is stored.",
            ("allocation keys create shop --scope orders --expires 90d",),
        ),
        CommandEntry(
            "rotate",
            "access_keys:rotate",
            "Create a key that replaces another one, and print it, once.",
            ("allocation keys rotate shop --overlap 7d",),
        ),
        CommandEntry(
            "revoke",
            "access_keys:revoke",
            "Revoke a key for good; every server refuses it, and its sessions, within a second.",
            ("allocation keys revoke shop --all",),
        ),
        CommandEntry(
            "list",
            "access_keys:list_keys",
            "List all keys, also revoked and expired ones, oldest first.",
            ("allocation keys list", "allocation keys list --json"),
        ),
    ),
)

OPERATION: Final[tuple[Entry, ...]] = (
    CommandEntry(
        "serve",
        "serve:serve",
        "Serve over HTTP until interrupted; the API is documented at /docs.",
        ("allocation serve", "allocation serve --port 9000 --log-format json"),
    ),
    CommandEntry(
        "send",
        "send:send",
        "Send one message, and print the result as a line of JSON.",
        (
            "allocation send BatchCreated ref=PO-17 sku=CHAI qty=40 eta=2026-12-24",
            "allocation send AllocationRequired orderid=10248 sku=CHAI qty=12",
        ),
    ),
    CommandEntry(
        "tick",
        "tick:tick",
        "Do the daily jobs: report shipments that are overdue.",
        ("allocation tick",),
    ),
    CommandEntry(
        "demo",
        "demo.command:demo",
        "Serve a furniture shop for a simulated year, to watch on the board.",
        ("allocation demo", "allocation demo --speed 60 --seed 7 --no-browser"),
    ),
    CommandEntry(
        "migrate",
        "serve:migrate",
        "Migrate the database's tables to this version of the program.",
        ("allocation migrate --database sqlite:///allocation.db",),
    ),
    CommandEntry(
        "backup",
        "backups:backup",
        "Back up a SQLite database to a verified file, even while it is in use.",
        ("allocation backup allocation-2026-12-24.db",),
    ),
    CommandEntry(
        "restore",
        "backups:restore",
        "Replace a SQLite database, which no process may have open, with a backup.",
        ("allocation restore allocation-2026-12-24.db",),
    ),
    IMPORT,
    EXPORT,
    _DEAD_LETTERS,
    _KEYS,
)
