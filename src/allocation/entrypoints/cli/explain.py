"""`allocation explain`."""

from collections.abc import Iterator
from typing import Annotated

import typer

from allocation.entrypoints.cli.console import DatabaseOption, err, out, read_only, safe
from allocation.entrypoints.cli.raw_output import JsonOption, write_json
from allocation.views import LISTED, HistoryPage, LineFilter, PartView, StoryEntry

MOST_LISTED = 1_000
"""The maximum number of entries to list."""


def explain(
    orderid: Annotated[str, typer.Argument(metavar="ORDERID", help="The order's id.")],
    sku: Annotated[
        str | None, typer.Argument(metavar="[SKU]", help="Only the lines for this sku.")
    ] = None,
    line: Annotated[
        str | None,
        typer.Option(metavar="LINE", help="Only the line with this name; '' is one without."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=MOST_LISTED, help="The maximum number of entries to list.")
    ] = LISTED,
    after: Annotated[
        int,
        typer.Option(
            metavar="NUMBER", min=0, max=10**18, help="List the entries after this log number."
        ),
    ] = 0,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Tell what the lines of an order have lived through, and what has become of them.

    Each entry has its time, its reason, and in parentheses what caused it: what its sender asked
    for, the key under which it is found by `allocation log show`, and who the sender is.
    """
    lines = LineFilter(sku, line)
    page = read_only(
        database,
        lambda queries: queries.views.histories.page(orderid, lines, after=after, limit=limit),
    )
    if page is None:
        err.print(f"[red]error:[/] Unknown {_asked(orderid, lines)}")
        raise typer.Exit(1)
    if as_json:
        write_json(page)
        return
    for text in _texts(page, with_line=sku is None):
        out.print(text)


def _asked(orderid: str, lines: LineFilter) -> str:
    order = f"order {safe(orderid)}"
    if lines.line is not None:
        order += f", line {safe(lines.line)}"
    return order if lines.sku is None else f"{order} for {safe(lines.sku)}"


def _texts(page: HistoryPage, *, with_line: bool) -> Iterator[str]:
    if page.known_since is not None:
        since = page.known_since.date().isoformat()
        yield f"The log begins on {since}; earlier events are not known."
    for entry in page.entries:
        subject = f"{_named(entry)}  " if with_line else ""
        yield f"{entry.time:%Y-%m-%d %H:%M} UTC  {subject}{safe(entry.text)}"
    if page.next_after is not None:
        yield f"for the next page: --after {page.next_after}"
        return
    for part in page.parts:
        subject = f"{_named(part)}  " if with_line else ""
        yield f"now                   {subject}{_state(part)}"


def _named(line: StoryEntry | PartView) -> str:
    return safe(line.sku if not line.line else f"{line.sku}/{line.line}")


def _state(part: PartView) -> str:
    where = {"allocated": "allocated to ", "shipped": "shipped from "}.get(part.status)
    units = "1 unit" if part.qty == 1 else f"{part.qty} units"
    return f"{units} {part.status if where is None else where + safe(part.batchref)}"
