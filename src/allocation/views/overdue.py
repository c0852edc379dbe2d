"""Queries of shipments that should have arrived."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from sqlalchemy import bindparam, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches

PAGE: Final = 100

_OVERDUE: Final = (
    select(batches.c.reference, batches.c.eta)
    .where(
        batches.c.reference > bindparam("after"),
        batches.c.eta < bindparam("today"),
        batches.c.purchased_quantity > 0,
    )
    .order_by(batches.c.reference)
    .limit(PAGE)
)


class OverdueViews:
    """Queries of shipments that were due before today, and of which units are expected."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pages(self, today: date) -> Iterator[list[tuple[str, date]]]:
        """The references and the dates of overdue batches, page by page."""
        after = ""
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(_OVERDUE, {"after": after, "today": today}).all()
            if rows:
                yield [(ref, eta) for ref, eta in rows]
            if len(rows) < PAGE:
                return
            after = rows[-1].reference
