"""All tables: those of the stock, and the message log.

The migrations in `migrations/` make the same tables; a test holds the two together.
"""

from allocation.adapters.sql.engine.metadata import metadata
from allocation.adapters.sql.message_log.schema import messages
from allocation.adapters.sql.stock.schema import (
    batches,
    opening_backorders,
    opening_balances,
    order_lines,
    products,
)

__all__ = [
    "batches",
    "messages",
    "metadata",
    "opening_backorders",
    "opening_balances",
    "order_lines",
    "products",
]
