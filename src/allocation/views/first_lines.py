"""Queries of the first order lines that are promised from each of several batches."""

from collections.abc import Collection
from typing import Final, NamedTuple

from sqlalchemy import bindparam, func, literal_column, select

from allocation.adapters.sql.engine.database import Database
from allocation.adapters.sql.schema import batches, order_lines


class PromisedUnits(NamedTuple):
    """Units of an order that are promised from a batch."""

    batchref: str
    orderid: str
    qty: int


_AFTER_ALL: Final = 2**62
_IS_PROMISED: Final = (
    order_lines.c.state == literal_column("'allocated'"),  # as in the predicate of the index
    order_lines.c.batchref == batches.c.reference,
)
# The end of what is read of each batch, which bounds the search of its lines in the index.
_END: Final = (
    select(order_lines.c.promise)
    .where(*_IS_PROMISED)
    .order_by(order_lines.c.promise)
    .limit(1)
    .offset(bindparam("rows"))
    .correlate(batches)
    .scalar_subquery()
)
_FIRST: Final = (
    select(batches.c.reference, order_lines.c.orderid, order_lines.c.qty)
    .select_from(batches.join(order_lines, _IS_PROMISED[1]))
    .where(
        batches.c.reference.in_(bindparam("refs", expanding=True)),
        _IS_PROMISED[0],
        order_lines.c.promise < func.coalesce(_END, _AFTER_ALL),
    )
    .order_by(batches.c.reference, order_lines.c.promise)
)


class FirstLineViews:
    """Queries of the first lines of batches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, refs: Collection[str], limit: int) -> dict[str, list[PromisedUnits]]:
        """The first `limit` lines of each batch in the order of allocation, by reference.

        A batch from which nothing is promised is left out.
        """
        if not refs:
            return {}
        lines = dict[str, list[PromisedUnits]]()
        with self._database.reading() as connection:
            for row in connection.execute(_FIRST, {"refs": sorted(refs), "rows": limit}):
                lines.setdefault(row[0], []).append(PromisedUnits._make(row))
        return lines
