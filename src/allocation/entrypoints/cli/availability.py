"""`allocation availability`: what can be promised of a product."""

from datetime import date, datetime
from typing import Annotated

import typer

from allocation.entrypoints.cli.console import DatabaseOption, err, out, read_only, safe
from allocation.entrypoints.cli.plain_table import table_of
from allocation.entrypoints.cli.raw_output import JsonOption, write_json
from allocation.views import Availability


def availability(
    sku: Annotated[str, typer.Argument(help="The sku of the product.")],
    qty: Annotated[
        int | None,
        typer.Option(min=1, help="Tell the first day on which so many units could leave."),
    ] = None,
    by: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Count the units that can leave by this day."),
    ] = None,
    split: Annotated[
        bool | None,
        typer.Option(
            "--split/--no-split",
            help="Whether the units may come from several batches.",
            show_default="as ALLOCATION_SPLIT_LINES says",
        ),
    ] = None,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Show what can be promised of a product now, and from which day on."""
    last = None if by is None else by.date()
    stock = read_only(
        database,
        lambda queries: queries.views.availability.of(sku, queries.today(), qty, last, split=split),
    )
    if stock is None:
        err.print(f"[red]error:[/] Unknown sku {safe(sku)}")
        raise typer.Exit(1)
    if as_json:
        write_json(stock)
    else:
        _print(stock, qty, last)


def _print(stock: Availability, qty: int | None, by: date | None) -> None:
    out.print(f"{safe(stock.sku)}: {stock.in_stock:,} in stock, {stock.overdue:,} overdue")
    if by is not None:
        out.print(f"{stock.available:,} can leave by {by}")
    if qty is not None:
        answer = f"can leave on {stock.earliest}" if stock.earliest else "would get no day"
        out.print(f"{qty:,} {answer}")
    columns = {
        "day": [day.day.isoformat() for day in stock.days],
        "added": [f"{day.added:,}" for day in stock.days],
        "available": [f"{day.available:,}" for day in stock.days],
    }
    out.print(table_of(columns) if stock.days else "Nothing can be promised now.")
