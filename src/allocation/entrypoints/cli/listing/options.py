"""The options of the commands, derived from the filters of a list."""

from inspect import Parameter
from typing import Annotated, Any, Final

import typer

from allocation.entrypoints.cli.console import DatabaseOption
from allocation.views import LISTED, Filter, Listing

LimitOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="The maximum number of rows to list.",
        show_default=f"{LISTED} in a table; else all",
    ),
]
AllOption = Annotated[bool, typer.Option("--all", help="List all rows in a table, too.")]
AfterOption = Annotated[
    str | None,
    typer.Option(
        metavar="CURSOR", help="List the rows after this cursor, which a table ends with."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object per row and line.")]
CsvOption = Annotated[
    bool, typer.Option("--csv", help="Print CSV in UTF-8, with a line of column names.")
]

_METAVARS: Final = {"name": "TEXT", "date": "DATE", "number": "NUMBER"}


def parameters_of(listing: Listing[Any]) -> list[Parameter]:
    """The parameters of the command of a list."""
    sorts = "; ".join(f"{name}: {about}" for name, about in listing.sorts.items())
    sort = typer.Option(metavar="|".join(listing.sorts), help=f"The order: {sorts}.")
    return [
        *map(_of_filter, listing.filters),
        *([_option("sort", Annotated[str | None, sort])] if len(listing.sorts) > 1 else []),
        _option("limit", LimitOption),
        _option("every", AllOption, default=False),
        _option("after", AfterOption),
        _option("as_json", JsonOption, default=False),
        _option("as_csv", CsvOption, default=False),
        _option("database", DatabaseOption),
    ]


def texts_of(listing: Listing[Any], options: dict[str, Any]) -> dict[str, str]:
    """The filters that are given, as texts."""
    given = {each.name: options[each.name] for each in listing.filters}
    flags = {True: "true", False: "false"}
    return {
        name: flags[value] if isinstance(value, bool) else str(value)
        for name, value in given.items()
        if value is not None
    }


def _of_filter(given: Filter) -> Parameter:
    name, about = given.name.replace("_", "-"), f"{given.about}."
    if given.kind == "flag":
        flag = typer.Option(f"--{name}/--not-{name}", help=about)
        return _option(given.name, Annotated[bool | None, flag])
    metavar = "|".join(given.choices) or _METAVARS[given.kind]
    option = typer.Option(f"--{name}", metavar=metavar, help=about)
    return _option(given.name, Annotated[str | None, option])


def _option(name: str, annotation: Any, default: Any = None) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
