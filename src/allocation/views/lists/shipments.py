"""The list of shipments: what is to come, and when."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Row

from allocation.adapters.sql.schema import batches
from allocation.views.batches import BatchStatus, view_of
from allocation.views.lists.batches import (
    DATED,
    DATED_OF_PRODUCT,
    ETA,
    REF_PREFIX,
    SKU,
    SKU_PREFIX,
    STATUS_FILTER,
)
from allocation.views.lists.filters import Filter
from allocation.views.lists.index_scan import IndexScan
from allocation.views.lists.listing import Listing, Values


@dataclass(frozen=True, slots=True)
class Shipment:
    """A batch that is not in the warehouse yet, and of which units are expected.

    It is `overdue` if it was due before today. The purchased quantity is the sum of the others;
    units of a blocked shipment that are not allocated are blocked. `announced_eta` is the ETA with
    which it was announced.
    """

    batchref: str
    sku: str
    eta: date
    overdue: bool
    status: BatchStatus
    announced_eta: date | None
    purchased_quantity: int
    allocated_quantity: int
    available_quantity: int
    blocked_quantity: int


_IS_EXPECTED: Final = batches.c.purchased_quantity > 0
_BY_ETA, _OF_PRODUCT = (replace(scan, skips=(_IS_EXPECTED,)) for scan in (DATED, DATED_OF_PRODUCT))
_OVERDUE: Final = Filter(
    name="overdue",
    about="Only shipments that are overdue, or only those that are not",
    kind="flag",
)


def _scans(_sort: str, values: Values) -> tuple[IndexScan, ...]:
    return (_OF_PRODUCT,) if "sku" in values else (_BY_ETA,)


def _resolved(values: Values, today: date) -> Values:
    """Days in place of the flag: they select a range of the index."""
    resolved = {name: value for name, value in values.items() if name != _OVERDUE.name}
    match values.get(_OVERDUE.name):
        case True:
            yesterday = today - timedelta(days=1)
            resolved["eta_to"] = min(resolved.get("eta_to", yesterday), yesterday)
        case False:
            resolved["eta_from"] = max(resolved.get("eta_from", today), today)
    return resolved


def _row(row: Row[Any], today: date) -> Shipment:
    batch = view_of(row)
    return Shipment(
        batch.batchref,
        row.sku,
        row.eta,
        row.eta < today,
        batch.status,
        batch.announced_eta,
        batch.purchased_quantity,
        batch.allocated_quantity,
        batch.available_quantity,
        batch.blocked_quantity,
    )


SHIPMENTS: Final = Listing(
    name="shipments",
    items="shipments",
    nouns="shipments",
    title="List shipments by ETA",
    about="Shipments of which units are expected; those that are overdue come first.",
    empty="There is no such shipment.",
    tag="stock",
    row=Shipment,
    filters=(SKU, SKU_PREFIX, REF_PREFIX, STATUS_FILTER, _OVERDUE, *ETA),
    sorts={"eta": "by ETA"},
    scans=_scans,
    row_of=_row,
    resolve=_resolved,
)
