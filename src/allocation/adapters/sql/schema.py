"""All tables of this application: the message log, the stock, and the access keys.

A test ensures that the migrations in `migrations/` create the same tables.
"""

from typing import Final

from sqlalchemy import Table

from allocation.adapters.sql.access import schema as access
from allocation.adapters.sql.message_log import schema as message_log
from allocation.adapters.sql.message_log.schema import log_state, messages
from allocation.adapters.sql.stock import schema as stock
from allocation.adapters.sql.stock.folded_skus import folded_sku
from allocation.adapters.sql.stock.line_facts import ATTRIBUTE, LINE_FACTS, line_of_fact
from allocation.adapters.sql.stock.schema import (
    batches,
    opening_backorders,
    opening_balances,
    order_lines,
    products,
)

__all__ = [
    "ATTRIBUTE",
    "LINE_FACTS",
    "METADATA",
    "STATE",
    "TABLES",
    "batches",
    "folded_sku",
    "line_of_fact",
    "log_state",
    "messages",
    "opening_backorders",
    "opening_balances",
    "order_lines",
    "products",
]

METADATA: Final = (message_log.metadata, stock.metadata, access.metadata)
"""The metadata of the log, the stock and the keys, whose tables do not refer to each other."""

TABLES: Final[tuple[Table, ...]] = tuple(
    table for metadata in METADATA for table in metadata.sorted_tables
)

STATE: Final[tuple[Table, ...]] = tuple(
    table
    for metadata in (message_log.metadata, stock.metadata)
    for table in metadata.sorted_tables
    if table is not log_state
)
"""The tables of a state file: a new database has an identity, and keys, of its own."""
