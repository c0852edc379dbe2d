"""Batches as they are now, for a comparison with a count."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import String, bindparam, func, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches

PAGE: Final = 1_000
"""The number of batches that are read at once."""


@dataclass(frozen=True, slots=True)
class CurrentBatch:
    """A batch of `qty` units, allocated ones included, that are here or due on `eta`."""

    reference: str
    sku: str
    qty: int
    eta: date | None
    cancelled: bool


# The quantity that an unfinished correction is to reach is the one that was reported last.
_QUANTITY: Final = func.coalesce(batches.c.target_quantity, batches.c.purchased_quantity)
_CURRENT: Final = select(
    batches.c.reference,
    batches.c.sku,
    _QUANTITY.label("qty"),
    batches.c.eta,
    batches.c.cancelled,
)
_OF_REFERENCES: Final = _CURRENT.where(
    batches.c.reference.in_(bindparam("references", type_=String, expanding=True))
)
_PAGE: Final = (
    _CURRENT.where(batches.c.reference > bindparam("after"), ~batches.c.cancelled, _QUANTITY > 0)
    .order_by(batches.c.reference)
    .limit(bindparam("rows"))
)


class CurrentBatchViews:
    """Queries of batches by their references."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, references: Collection[str]) -> dict[str, CurrentBatch]:
        """The batches with these references, as far as they exist, by reference."""
        asked, present = list(references), dict[str, CurrentBatch]()
        with self._database.reading() as connection:
            for start in range(0, len(asked), PAGE):
                page = {"references": asked[start : start + PAGE]}
                for row in connection.execute(_OF_REFERENCES, page):
                    present[row.reference] = _batch(row)
        return present

    def pages(self) -> Iterator[list[CurrentBatch]]:
        """All batches that have units and are not cancelled, by reference, page by page."""
        after = ""
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(_PAGE, {"after": after, "rows": PAGE}).all()
            if rows:
                yield [_batch(row) for row in rows]
            if len(rows) < PAGE:
                return
            after = rows[-1].reference


def _batch(row: Any) -> CurrentBatch:
    return CurrentBatch(row.reference, row.sku, row.qty, row.eta, row.cancelled)
