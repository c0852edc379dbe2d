"""`allocation show moves`: the order lines that a message has moved."""

from typing import Annotated

import typer

from allocation.entrypoints.cli.console import DatabaseOption, out, read_only, safe
from allocation.entrypoints.cli.moves import table_of_moves
from allocation.entrypoints.cli.plain_table import with_next_page
from allocation.entrypoints.cli.raw_output import JsonOption, write_json
from allocation.entrypoints.idempotency_keys import clean_key
from allocation.views import LISTED


def show_moves(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="The id of the message, which is its key.")
    ],
    limit: Annotated[
        int, typer.Option(min=1, help="The maximum number of lines to list.")
    ] = LISTED,
    after: Annotated[
        int, typer.Option(metavar="CURSOR", help="List the lines after this one.")
    ] = 0,
    as_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """List the order lines that a message and its follow-ups have moved.

    Lines that were allocated come first, in order of allocation, then lines left without stock.
    """
    id = clean_key(key) or ""
    page = read_only(database, lambda queries: queries.views.moves.page(id, after, limit))
    if as_json:
        write_json(page)
        return
    if not page.moves:
        out.print(f"No order line has moved because of {safe(id)}.")
        return
    out.print(with_next_page(table_of_moves(page.moves), page.next_after))
