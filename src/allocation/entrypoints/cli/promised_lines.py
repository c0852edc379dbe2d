"""`allocation show batch`: a batch, and the order lines that are promised from it."""

from dataclasses import fields
from typing import Annotated

import typer
from rich.table import Table

from allocation.entrypoints.cli.batch_table import table_of_batches
from allocation.entrypoints.cli.chain import MOST_LISTED
from allocation.entrypoints.cli.console import DatabaseOption, out, read_only, safe
from allocation.entrypoints.cli.plain_table import table_of, with_next_page
from allocation.entrypoints.cli.raw_output import JsonOption, refuse_both, write_csv, write_json
from allocation.entrypoints.dates import shown_day
from allocation.views import LISTED, BatchDetails, PromisedLine, PromisedPage


def show_batch(
    ref: Annotated[str, typer.Argument(metavar="REF", help="Reference of the batch.")],
    limit: Annotated[
        int, typer.Option(min=1, max=MOST_LISTED, help="The maximum number of lines to list.")
    ] = LISTED,
    after: Annotated[
        int,
        typer.Option(
            metavar="NUMBER", min=0, max=10**18, help="List the lines after this allocation number."
        ),
    ] = 0,
    as_json: JsonOption = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print the lines as CSV, with a line of column names.")
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Show a batch, and the order lines that are promised from it.

    The lines are listed in the order of their allocation: if the batch shrinks, the last one is
    the first to lose its units.
    """
    refuse_both(as_json=as_json, as_csv=as_csv)
    page = read_only(
        database,
        lambda queries: queries.views.promised_lines.page(
            queries.today(), ref, after=after, limit=limit
        ),
    )
    if as_json:
        write_json(page)
    elif as_csv:
        write_csv([field.name for field in fields(PromisedLine)], page.lines)
    else:
        out.print(_title(page.batch))
        out.print(table_of_batches([page.batch]))
        out.print(_table(page) if page.lines else _nothing(after))


def _title(batch: BatchDetails) -> str:
    title = f"{safe(batch.batchref)}: {safe(batch.sku)}"
    if batch.received_from is None:
        return title
    return f"{title}, received from {safe(batch.received_from)}"


def _nothing(after: int) -> str:
    return f"No {'other ' if after else ''}order line is promised from it."


def _table(page: PromisedPage) -> Table:
    lines = page.lines
    columns = {
        "order": [safe(line.orderid) for line in lines],
        "line": [safe(line.line) for line in lines],
        "qty": [str(line.qty) for line in lines],
        "first promised": [shown_day(line.first_promised) for line in lines],
        "required by": [shown_day(line.required_by) for line in lines],
        "late": ["late" if line.late else "" for line in lines],
    }
    shown = table_of(columns, "line", "first promised", "required by", "late")
    return with_next_page(shown, page.next_after)
