"""Queries of the blocked batches of a product."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches
from allocation.domain.validation import normalize_name
from allocation.views.batches import BatchView, view_of

SEARCHED: Final = 1_000
"""The maximum number of batches in stock, and of those on the way, that are searched."""

BLOCKED: Final = 100
"""The maximum number of batches in stock, and of those on the way, that are listed."""


def _blocked(*place: ColumnElement[bool]) -> Select[Any]:
    searched = (
        select(batches)
        .where(batches.c.sku == bindparam("sku"), *place)
        .order_by(batches.c.eta, batches.c.reference)
        .limit(SEARCHED)
        .subquery()
    )
    return (
        select(searched)
        .where(
            searched.c.blocked,
            ~searched.c.cancelled,
            searched.c.allocated_quantity < searched.c.purchased_quantity,
        )
        .order_by(searched.c.eta, searched.c.reference)
        .limit(BLOCKED)
    )


# Two queries, because databases differ in where they sort NULL.
_QUERIES: Final = (_blocked(batches.c.eta.is_(None)), _blocked(batches.c.eta.is_not(None)))


class BlockedBatchViews:
    """Queries of blocked batches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, sku: str) -> list[BatchView]:
        """The blocked batches of a product that have free units, in the order of preference.

        The search ends after a thousand batches in stock, and a thousand on the way.
        """
        key = {"sku": normalize_name(sku)}
        with self._database.reading() as connection:
            return [view_of(row) for query in _QUERIES for row in connection.execute(query, key)]
