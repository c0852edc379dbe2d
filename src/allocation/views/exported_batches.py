"""The batches of an export."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, select

from allocation.adapters.sql.engine.pages import pages
from allocation.adapters.sql.schema import batches
from allocation.views.batches import BatchStatus, view_of
from allocation.views.selections import Selection


class ExportedBatch(NamedTuple):
    """A batch, with the quantity and the ETA for which an announcement is a repeat.

    `qty` is the quantity of the last correction, without shipped units; during a correction of very
    many lines, `allocated` may be more. The status is available, blocked or cancelled.
    """

    ref: str
    sku: str
    qty: int
    eta: date | None
    allocated: int
    available: int
    blocked: int
    status: BatchStatus


_BATCHES: Final = select(batches)
_KEY: Final = (batches.c.reference,)


def read(connection: Connection, selection: Selection) -> Iterator[ExportedBatch]:
    """All batches by reference."""
    query = _BATCHES.where(*selection.of(batches.c.sku))
    for page in pages(connection, query, _KEY):
        yield from map(_batch, page)


def _batch(row: Row[Any]) -> ExportedBatch:
    view, target = view_of(row), row.target_quantity
    return ExportedBatch(
        row.reference,
        row.sku,
        row.purchased_quantity if target is None else target,
        row.eta,
        view.allocated_quantity,
        view.available_quantity,
        view.blocked_quantity,
        view.status,
    )
