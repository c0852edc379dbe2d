"""The list of orders: how many units of each are allocated, wait, were shipped or cancelled."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Row,
    String,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
)

from allocation.adapters.sql.schema import batches, order_lines
from allocation.views.lists.filters import TODAY, Filter, prefix_of
from allocation.views.lists.index_scan import IndexScan
from allocation.views.lists.listing import Listing

STATUSES: Final = ("waiting", "allocated", "shipped", "cancelled")


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """An order, and the sums of its lines, in units.

    `ordered` is the sum of `allocated`, `waiting`, `shipped` and `cancelled`. The `status` is
    waiting if units wait; else allocated, if units are allocated; else shipped, if units were
    shipped; else cancelled. `latest_eta` is the day on which the last shipment with allocated units
    is due, null if units wait or all of them are in the warehouse. An order is `late` if allocated
    units come too late: from an overdue shipment, or after the day on which the customer needs
    them, or after the first day that was promised.
    """

    orderid: str
    status: str
    lines: int
    ordered: int
    allocated: int
    waiting: int
    shipped: int
    cancelled: int
    latest_eta: date | None
    required_by: date | None
    late: bool


_IS_ALLOCATED: Final = order_lines.c.state == "allocated"
_ETA: Final = (
    select(batches.c.eta)
    .where(batches.c.reference == order_lines.c.batchref)
    .correlate(order_lines)
    .scalar_subquery()
)
_LATE: Final = func.max(
    case((_IS_ALLOCATED & or_(_ETA < TODAY, order_lines.c.due < _ETA), 1), else_=0)
)


def _units(state: str) -> ColumnElement[int]:
    """The units of an order in a state."""
    return func.sum(case((order_lines.c.state == state, order_lines.c.qty), else_=0))


_STATUS: Final = case(
    (_units("waiting") > 0, literal("waiting")),
    (_units("allocated") > 0, literal("allocated")),
    (_units("shipped") > 0, literal("shipped")),
    else_=literal("cancelled"),
)
_IS_OPEN: Final = order_lines.c.state.in_(("waiting", "allocated"))
_ROWS: Final = select(
    order_lines.c.orderid,
    _STATUS.label("status"),
    func.sum(case((order_lines.c.part == 0, 1), else_=0)).label("lines"),
    func.sum(order_lines.c.qty).label("ordered"),
    *(_units(state).label(state) for state in STATUSES),
    func.max(case((_IS_ALLOCATED, _ETA))).label("latest_eta"),
    func.min(case((_IS_OPEN, order_lines.c.required_by))).label("required_by"),
    _LATE.label("late"),
).group_by(order_lines.c.orderid)
_BY_ID: Final = IndexScan(rows=_ROWS, key=(order_lines.c.orderid,), bounded=True)
_ASKED_STATUS: Final[ColumnElement[str]] = bindparam("status", type_=String)


def _row(row: Row[Any], _today: date) -> OrderSummary:
    units = {state: int(getattr(row, state)) for state in STATUSES}
    return OrderSummary(
        row.orderid,
        row.status,
        int(row.lines),
        int(row.ordered),
        units["allocated"],
        units["waiting"],
        units["shipped"],
        units["cancelled"],
        None if units["waiting"] else row.latest_eta,
        row.required_by,
        late=bool(row.late),
    )


ORDERS: Final = Listing(
    name="orders",
    items="orders",
    nouns="orders",
    title="List orders with the sums of their lines",
    about=(
        "Each order with its status and its units. The entries among which a page is looked for "
        "are order lines."
    ),
    empty="There is no such order.",
    tag="orders",
    row=OrderSummary,
    filters=(
        prefix_of("orderid", order_lines.c.orderid, "orders with ids"),
        Filter(
            name="status",
            about="Only orders with this status; those that are open wait or are allocated",
            kind="choice",
            choices=("open", *STATUSES),
            condition=or_(
                _STATUS == _ASKED_STATUS,
                (_ASKED_STATUS == "open") & _STATUS.in_(("waiting", "allocated")),
            ),
            of_groups=True,
        ),
        Filter(
            name="late",
            about="Only orders that are late, or only those that are not",
            kind="flag",
            condition=(_LATE == 1) == bindparam("late", type_=Boolean),
            of_groups=True,
        ),
    ),
    sorts={"orderid": "by id"},
    scans=lambda _sort, _values: (_BY_ID,),
    row_of=_row,
)
