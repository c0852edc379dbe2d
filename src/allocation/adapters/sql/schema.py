"""All tables: those of the stock, and the message log.

A test ensures that the migrations in `migrations/` create the same tables.
"""

from allocation.adapters.sql.engine.metadata import metadata
from allocation.adapters.sql.message_log.schema import messages
from allocation.adapters.sql.stock.schema import batches, opening_balances, order_lines, products

__all__ = ["batches", "messages", "metadata", "opening_balances", "order_lines", "products"]
