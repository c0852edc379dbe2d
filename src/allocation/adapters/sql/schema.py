"""All tables of this application: those of the stock, and the message log.

A test ensures that the migrations in `migrations/` create the same tables.
"""

from typing import Final

from sqlalchemy import Table

from allocation.adapters.sql.message_log import schema as message_log
from allocation.adapters.sql.message_log.schema import messages
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
    "TABLES",
    "batches",
    "folded_sku",
    "line_of_fact",
    "messages",
    "opening_backorders",
    "opening_balances",
    "order_lines",
    "products",
]

METADATA: Final = (message_log.metadata, stock.metadata)
"""The metadata of the log and of the stock, whose tables do not refer to each other."""

TABLES: Final[tuple[Table, ...]] = tuple(
    table for metadata in METADATA for table in metadata.sorted_tables
)
