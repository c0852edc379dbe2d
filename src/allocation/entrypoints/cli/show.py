"""`allocation show sku`, `show batch`, `show order` and `show moves`."""

from typing import Annotated

import typer
from rich.table import Table

from allocation.entrypoints.cli.batch_table import table_of_batches
from allocation.entrypoints.cli.console import DatabaseOption, counted, err, out, read_only, safe
from allocation.entrypoints.cli.plain_table import table_of, with_next_page
from allocation.entrypoints.cli.raw_output import JsonOption, write_json, write_raw
from allocation.entrypoints.dates import shown_day
from allocation.entrypoints.list_formats import as_json_lines
from allocation.views import LISTED, LineView, ProductPage, ProductView


def show_sku(
    sku: Annotated[str, typer.Argument(help="The sku of the product.")],
    limit: Annotated[
        int,
        typer.Option(
            min=1, help="The maximum number of batches to list; a product may have thousands."
        ),
    ] = LISTED,
    after: Annotated[
        str | None, typer.Option(metavar="REF", help="List the batches that follow this one.")
    ] = None,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Show a product's batches, preferred ones first, and its waiting lines, oldest first."""
    page = read_only(database, lambda queries: queries.views.product(sku, limit, after))
    if page is None:
        err.print(f"[red]error:[/] Unknown sku {safe(sku)}")
        raise typer.Exit(1)
    if as_json:
        write_json(page)
        return
    product = page.product
    batches = counted(page.batch_count, "batch", "batches")
    waiting = counted(product.waiting_lines, "line", "lines")
    out.print(f"{safe(sku)}: {batches}, {waiting} waiting")
    out.print(_batches(page))
    if product.waiting:
        out.print(_waiting(product))


def show_order(
    orderid: Annotated[str, typer.Argument(help="The order's id.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per part of a line.")
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Show the status of each line of an order, and its batch."""
    lines = read_only(database, lambda queries: queries.views.order(orderid))
    if not lines:
        err.print(f"[red]error:[/] Unknown order {safe(orderid)}")
        raise typer.Exit(1)
    if as_json:
        write_raw(as_json_lines(lines))
    else:
        out.print(_lines(lines))


def _batches(page: ProductPage) -> Table:
    return with_next_page(table_of_batches(page.product.batches), page.next_after)


def _waiting(product: ProductView) -> Table:
    columns = {
        "waiting order": [safe(line.orderid) for line in product.waiting],
        "line": [safe(line.line) for line in product.waiting],
        "qty": [str(line.qty) for line in product.waiting],
        "required by": [shown_day(line.required_by) for line in product.waiting],
    }
    shown = table_of(columns, "line", "required by")
    more = product.waiting_lines - len(product.waiting)
    if more:
        shown.caption = f"and {more:,} more; {product.waiting_quantity:,} units in all"
    return shown


def _lines(lines: list[LineView]) -> Table:
    columns = {
        "sku": [safe(line.sku) for line in lines],
        "line": [safe(line.line) for line in lines],
        "qty": [str(line.qty) for line in lines],
        "status": [line.status for line in lines],
        "batch": [safe(line.batchref or "") for line in lines],
        "eta": [shown_day(line.eta) for line in lines],
        "first promised": [_missed(line) for line in lines],
        "required by": [shown_day(line.required_by) for line in lines],
    }
    return table_of(columns, "line", "first promised", "required by")


def _missed(line: LineView) -> str:
    """The first promised day, if units wait now or are due on another day."""
    is_missed = line.status == "waiting" or line.eta not in (None, line.first_promised)
    return shown_day(line.first_promised) if is_missed else ""
