"""The kinds of exports: their columns and rows, and what is left out of them."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from allocation.views.exported_batches import ExportedBatch
from allocation.views.exported_lines import Backorder, ExportedLine
from allocation.views.exports import ExportViews
from allocation.views.pick_list import Pick
from allocation.views.selections import Selection

Value = str | int | bool | date | None
"""A cell: text, a number of units, yes or no, a day, or nothing."""

LISTED: Final = 100
"""The maximum number of batches in a cell, which Excel limits to 32,767 characters."""


def _all_cells(row: tuple[Any, ...]) -> Sequence[Value]:
    return row


def _nothing_omitted(_row: Any) -> None:
    return None


@dataclass(frozen=True)
class Kind:
    """A kind of export.

    Attributes:
        title: its name, also that of the sheet in a workbook.
        singular: the noun for one row.
        plural: the noun for several rows.
        columns: the columns of the file.
        read: reads the rows.
        cells: the cells of a row.
        reason_to_omit: why a row is left out, in words; None if it is not.
    """

    title: str
    singular: str
    plural: str
    columns: tuple[str, ...]
    read: Callable[[ExportViews, Selection], Generator[Any, None, None]]
    cells: Callable[[Any], Sequence[Value]] = _all_cells
    reason_to_omit: Callable[[Any], str | None] = _nothing_omitted


def _omitted(batch: ExportedBatch) -> str | None:
    """Why a batch could not be imported: an announcement needs units, and a new reference."""
    if batch.status == "cancelled":
        return "cancelled"
    return "without units" if batch.qty == 0 else None


def _line_cells(line: ExportedLine) -> Sequence[Value]:
    return *line[:-2], _listed(line.batches), line.due


def _listed(refs: Sequence[str]) -> str:
    more = len(refs) - LISTED
    return ", ".join(refs[:LISTED]) + (f" and {more} more" if more > 0 else "")


BATCHES: Final = Kind(
    "batches",
    "batch",
    "batches",
    ExportedBatch._fields,
    ExportViews.batches,
    reason_to_omit=_omitted,
)
ORDERS: Final = Kind(
    "orders",
    "order line",
    "order lines",
    ExportedLine._fields,
    ExportViews.orders,
    _line_cells,
)
BACKORDERS: Final = Kind(
    "backorders",
    "waiting order line",
    "waiting order lines",
    Backorder._fields,
    ExportViews.backorders,
)
PICK_LIST: Final = Kind(
    "pick list",
    "pick",
    "picks",
    Pick._fields,
    ExportViews.pick_list,
)
