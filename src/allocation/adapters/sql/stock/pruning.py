"""What the stock does before messages are removed from the log."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from allocation.adapters.sql.stock.closed_lines import forget_closed_lines
from allocation.adapters.sql.stock.ledger import LedgerReader, carry_forward
from allocation.messaging.registry import Registry


class Pruning:
    """Keeps the totals of messages, and forgets the lines that are closed."""

    def __init__(self, registry: Registry) -> None:
        self._reader = LedgerReader(registry)

    def prepare(self, connection: Connection, rows: Sequence[Row[Any]]) -> None:
        """Prepare the tables for the deletion of these rows of the log.

        The products of closed lines are locked first, as by those who also write totals.
        """
        forget_closed_lines(connection, rows)
        carry_forward(connection, list(self._reader.entries(rows)))
