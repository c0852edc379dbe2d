"""`allocation list batches` and so on."""

from collections.abc import Callable, Iterator
from inspect import Signature
from typing import Any, Final

import typer

from allocation.entrypoints.cli.console import out
from allocation.entrypoints.cli.listing.list_table import table_of_rows
from allocation.entrypoints.cli.listing.options import parameters_of, texts_of
from allocation.entrypoints.cli.listing.portions import Portion, Selection, portions
from allocation.entrypoints.cli.plain_table import with_next_page
from allocation.entrypoints.cli.raw_output import refuse_both, write_raw
from allocation.entrypoints.list_formats import LF, as_csv, as_json_lines, csv_header
from allocation.views import LISTED, LISTS, Listing


def _command(listing: Listing[Any]) -> Callable[..., None]:
    def command(**options: Any) -> None:
        is_raw = options["as_json"] or options["as_csv"]
        refuse_both(as_json=options["as_json"], as_csv=options["as_csv"])
        if options["every"] and options["limit"]:
            raise typer.BadParameter("choose one of --all and --limit")
        usual = None if is_raw or options["every"] else LISTED
        asked = Selection(
            listing,
            texts_of(listing, options),
            options.get("sort"),
            options["limit"] or usual,
            options["after"],
            options["database"],
        )
        if options["as_csv"]:
            _print_csv(asked)
        elif options["as_json"]:
            _print_json(asked)
        else:
            _print_tables(asked)

    parameters = parameters_of(listing)
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    command.__doc__ = f"{listing.title}.\n\n{listing.about}"
    return command


COMMANDS: Final = {listing.name: _command(listing) for listing in LISTS}
"""The command of each list, by its name."""

list_batches = COMMANDS["batches"]
list_products = COMMANDS["products"]
list_orders = COMMANDS["orders"]
list_backorders = COMMANDS["backorders"]
list_shipments = COMMANDS["shipments"]
list_late = COMMANDS["late"]
list_unshipped = COMMANDS["unshipped"]


def _print_csv(asked: Selection) -> None:
    read = portions(asked)
    head = next(read)  # before anything is printed, so that an error leaves no output
    write_raw(csv_header(asked.listing.columns, LF) + as_csv(asked.listing.columns, head.rows, LF))
    for portion in read:
        write_raw(as_csv(asked.listing.columns, portion.rows, LF))


def _print_json(asked: Selection) -> None:
    for portion in portions(asked):
        write_raw(as_json_lines(portion.rows))


def _print_tables(asked: Selection) -> None:
    """One table; of very many rows, one for each portion."""
    count = 0
    for portion in _with_rows(portions(asked)):
        count += len(portion.rows)
        shown = table_of_rows(asked.listing, portion.rows)
        is_last = count == asked.limit
        out.print(with_next_page(shown, portion.next_after if is_last else None))
    if not count:
        out.print(asked.listing.empty)


def _with_rows(read: Iterator[Portion]) -> Iterator[Portion]:
    return (portion for portion in read if portion.rows)
