"""`allocation show late`: the order lines that are late."""

from functools import partial
from typing import Annotated

import typer
from rich.table import Table

from allocation.entrypoints.cli.console import (
    DatabaseOption,
    out,
    read_only,
    safe,
    table_of,
    with_next_page,
)
from allocation.entrypoints.dates import shown_day
from allocation.errors import InputError
from allocation.views import LISTED, LateLineCursor, LateLinePage


def show_late(
    sku: Annotated[
        str | None, typer.Argument(metavar="[SKU]", help="Only the lines for this sku.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, help="The maximum number of lines to list.")
    ] = LISTED,
    after: Annotated[
        str | None, typer.Option(metavar="CURSOR", help="List the lines after this one.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """List the order lines that are late, those of the shipment that was due first in front.

    A line is late if it is promised from an overdue shipment, or from one that is due after the
    day on which the customer needs it, or after the first day that was promised.
    """
    asked = {} if after is None else {"after": _cursor(after)}
    page = read_only(
        database,
        lambda queries: partial(queries.views.late_lines.page, queries.today(), sku)(
            limit=limit, **asked
        ),
    )
    out.print(_table(page) if page.lines else "No order line is late.")


def _cursor(text: str) -> LateLineCursor:
    cursor = LateLineCursor.of(text)
    if cursor is None:
        raise InputError(f"{text!r:.80} is not a cursor, as a page names it for the next one")
    return cursor


def _table(page: LateLinePage) -> Table:
    lines = page.lines
    columns = {
        "order": [safe(line.orderid) for line in lines],
        "sku": [safe(line.sku) for line in lines],
        "line": [safe(line.line) for line in lines],
        "qty": [str(line.qty) for line in lines],
        "batch": [safe(line.batchref) for line in lines],
        "eta": [f"{line.eta}{' (overdue)' if line.overdue else ''}" for line in lines],
        "first promised": [shown_day(line.first_promised) for line in lines],
        "required by": [shown_day(line.required_by) for line in lines],
    }
    shown = table_of(columns, "line", "first promised", "required by")
    return with_next_page(shown, page.next_after)
