"""The rows of a list as a table."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from rich.table import Table

from allocation.entrypoints.cli.console import safe
from allocation.entrypoints.cli.plain_table import aligned_table
from allocation.entrypoints.dates import shown_arrival
from allocation.views import Listing

HEADINGS: Final = {
    "orderid": "order",
    "batchref": "batch",
    "announced_eta": "announced for",
    "purchased_quantity": "purchased",
    "allocated_quantity": "allocated",
    "available_quantity": "available",
    "blocked_quantity": "blocked",
}
"""The headings of columns, where they are not the names of the fields."""

HIDDEN: Final = {"due", "on_hand", "inbound", "inbound_overdue", "next_arrival"}
"""Columns for programs only: the earlier one of the promised and the required day, which repeats
another column, and all units of a product, with which its table is wider than 80 columns.
"""


def table_of_rows(listing: Listing[Any], rows: Sequence[Any]) -> Table:
    """A plain table; columns in which no cell has text are left out."""
    columns, numbers = dict[str, list[str]](), set[str]()
    for name in (each for each in listing.columns if each not in HIDDEN):
        texts = [_cell(row, name) for row in rows]
        if any(texts):
            heading = HEADINGS.get(name, name.replace("_", " "))
            columns[heading] = texts
            if type(getattr(rows[0], name)) is int:
                numbers.add(heading)
    return aligned_table(columns, numbers)


def _cell(row: Any, name: str) -> str:
    """A value as text; what is usual is left out."""
    value = getattr(row, name)
    if name == "eta":
        return shown_arrival(value)
    if name == "announced_eta" and value != row.eta:
        return shown_arrival(value)
    if name == "announced_eta" or (name == "blocked_quantity" and not value):
        return ""
    return _text(value)


def _text(value: Any) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case date():
            return value.isoformat()
        case _:
            return safe(value)
