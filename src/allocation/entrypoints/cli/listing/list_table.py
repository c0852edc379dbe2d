"""The rows of a list as a table."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from rich.table import Table

from allocation.entrypoints.cli.console import safe
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

HIDDEN: Final = {"due"}
"""A column that repeats another one: the earlier one of the promised and the required day."""


def table_of_rows(listing: Listing[Any], rows: Sequence[Any]) -> Table:
    """A plain table; columns in which no cell has text are left out."""
    shown = Table(box=None, pad_edge=False)
    cells = list[list[str]]()
    for name in (each for each in listing.columns if each not in HIDDEN):
        texts = [_cell(row, name) for row in rows]
        if any(texts):
            justify: Any = "right" if type(getattr(rows[0], name)) is int else "left"
            heading = HEADINGS.get(name, name.replace("_", " "))
            shown.add_column(heading, justify=justify, overflow="fold")
            cells.append(texts)
    for row in zip(*cells, strict=True):
        shown.add_row(*row)
    return shown


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
