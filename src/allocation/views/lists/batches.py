"""The list of batches."""

from datetime import date
from typing import Any, Final

from sqlalchemy import Row, bindparam, case, literal, select

from allocation.adapters.sql.schema import batches
from allocation.views.lists.filters import Filter, days_of, exactly, prefix_of
from allocation.views.lists.index_scan import IndexScan
from allocation.views.lists.listing import Listing, Values
from allocation.views.promised_lines import BatchDetails, details_of

ROWS: Final = select(batches)
STATUS: Final = case(
    (batches.c.cancelled, literal("cancelled")),
    (batches.c.blocked, literal("blocked")),
    else_=literal("available"),
)
OF_PRODUCT: Final = batches.c.sku == bindparam("sku")
IS_STOCK: Final = batches.c.eta.is_(None)
IS_SHIPMENT: Final = batches.c.eta.is_not(None)
DATED_OF_PRODUCT: Final = IndexScan(
    rows=ROWS,
    where=(OF_PRODUCT, IS_SHIPMENT),
    key=(batches.c.eta, batches.c.reference),
    covers=frozenset({"sku", "in_stock"}),
)
DATED: Final = IndexScan(
    rows=ROWS,
    where=(IS_SHIPMENT,),
    key=(batches.c.eta, batches.c.reference),
    covers=frozenset({"in_stock"}),
)

SKU: Final = exactly("sku", batches.c.sku, "Only batches of this product")
STATUS_FILTER: Final = Filter(
    name="status",
    about="Only batches with this status",
    kind="choice",
    choices=("available", "blocked", "cancelled"),
    condition=bindparam("status") == STATUS,
)
ETA: Final = days_of("eta", batches.c.eta, "an ETA")
REF_PREFIX: Final = prefix_of("ref", batches.c.reference, "batches with references")
SKU_PREFIX: Final = prefix_of("sku", batches.c.sku, "batches of products with skus")

_BY_REFERENCE: Final = IndexScan(rows=ROWS, key=(batches.c.reference,))
_STOCK: Final = IndexScan(
    rows=ROWS, key=(batches.c.reference,), skips=(IS_STOCK,), covers=frozenset({"in_stock"})
)
STOCK_OF_PRODUCT: Final = IndexScan(
    rows=ROWS,
    where=(OF_PRODUCT, IS_STOCK),
    key=(batches.c.reference,),
    order=(batches.c.eta, batches.c.reference),
    covers=frozenset({"sku", "in_stock"}),
)


def _scans(sort: str, values: Values) -> tuple[IndexScan, ...]:
    if sort == "ref":
        return (_BY_REFERENCE,)
    stock, dated = (STOCK_OF_PRODUCT, DATED_OF_PRODUCT) if "sku" in values else (_STOCK, DATED)
    in_stock = values.get("in_stock")
    if {"eta_from", "eta_to"} & values.keys():
        return () if in_stock else (dated,)
    return {None: (stock, dated), True: (stock,), False: (dated,)}[in_stock]


def _row(row: Row[Any], _today: date) -> BatchDetails:
    return details_of(row)


BATCHES: Final = Listing(
    name="batches",
    items="batches",
    nouns="batches",
    title="List batches with their quantities",
    about="Batches in the warehouse and shipments, also those that are exhausted or cancelled.",
    empty="There is no such batch.",
    tag="stock",
    row=BatchDetails,
    filters=(
        SKU,
        SKU_PREFIX,
        REF_PREFIX,
        STATUS_FILTER,
        Filter(
            name="in_stock",
            about="Only batches in the warehouse, or only shipments",
            kind="flag",
            condition=bindparam("in_stock") == IS_STOCK,
        ),
        *ETA,
    ),
    sorts={
        "ref": "by reference",
        "eta": "the order of preference, which is the default for one `sku`: batches in the "
        "warehouse, then shipments by ETA",
    },
    default_sort=lambda values: "eta" if "sku" in values else "ref",
    scans=_scans,
    row_of=_row,
)
