"""`allocation show sku` and `allocation show order`."""

from shlex import quote
from typing import Annotated

import typer
from rich.table import Table

from allocation.entrypoints.cli.console import (
    DatabaseOption,
    counted,
    err,
    out,
    read_only,
    safe,
    table,
)
from allocation.views import LISTED, LineView, ProductPage, ProductView

app = typer.Typer(no_args_is_help=True, help="Show a product or an order.")


@app.command("sku")
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
    database: DatabaseOption = None,
) -> None:
    """Show a product's batches, preferred ones first, and its waiting lines, oldest first."""
    page = read_only(database, lambda queries: queries.views.product(sku, limit, after))
    if page is None:
        err.print(f"[red]error:[/] Unknown sku {safe(sku)}")
        raise typer.Exit(1)
    product = page.product
    batches = counted(page.batch_count, "batch", "batches")
    waiting = counted(product.waiting_lines, "line", "lines")
    out.print(f"{safe(sku)}: {batches}, {waiting} waiting")
    out.print(_batches(page))
    if product.waiting:
        out.print(_waiting(product))


@app.command("order")
def show_order(
    orderid: Annotated[str, typer.Argument(help="The order's id.")],
    database: DatabaseOption = None,
) -> None:
    """Show the batch to which each line of an order is allocated."""
    lines = read_only(database, lambda queries: queries.views.order(orderid))
    if not lines:
        err.print(f"[red]error:[/] Unknown order {safe(orderid)}")
        raise typer.Exit(1)
    out.print(_lines(lines))


def _batches(page: ProductPage) -> Table:
    shown = table("batch", "eta", "purchased", "allocated", "available")
    for batch in page.product.batches:
        quantities = (batch.purchased_quantity, batch.allocated_quantity, batch.available_quantity)
        eta = "in stock" if batch.eta is None else batch.eta.isoformat()
        shown.add_row(safe(batch.batchref), eta, *map(str, quantities))
    if page.next_after is not None:
        shown.caption = f"for the next page: --after {safe(quote(page.next_after))}"
    return shown


def _waiting(product: ProductView) -> Table:
    shown = table("waiting order", "qty")
    for line in product.waiting:
        shown.add_row(safe(line.orderid), str(line.qty))
    more = product.waiting_lines - len(product.waiting)
    if more:
        shown.caption = f"and {more:,} more; {product.waiting_quantity:,} units in all"
    return shown


def _lines(lines: list[LineView]) -> Table:
    shown = table("sku", "qty", "status", "batch", "eta")
    for line in lines:
        eta = "" if line.eta is None else line.eta.isoformat()
        shown.add_row(safe(line.sku), str(line.qty), line.status, safe(line.batchref or ""), eta)
    return shown
