"""The options of all imports that say how their file is read."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, get_type_hints

import typer

from allocation.entrypoints.table_files.mapping_file import load_mapping, overridden
from allocation.entrypoints.table_files.reading_options import (
    InvalidOption,
    ReadingOptions,
    as_delimiter,
)

T = TypeVar("T")

PANEL: Final = "How the file is read"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the user wants a file to be read; each field is an option of the commands.

    A command has all of them if it is decorated with `with_reading`, and has a parameter `reading`.

    Attributes:
        command: the words of the command with its own flags, such as `allocation import batches`.
    """

    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="OURS=NAME",
            help="The file's name of a column, such as ref='Batch No'; nothing behind the equals"
            " sign: the file has no such column. Several times for several columns.",
            rich_help_panel=PANEL,
        ),
    ] = None
    header_row: Annotated[
        int | None,
        typer.Option(
            "--header-row",
            metavar="N",
            help="The number of the row that names the columns.",
            show_default="the first row that is not empty",
            rich_help_panel=PANEL,
        ),
    ] = None
    delimiter: Annotated[
        str | None,
        typer.Option(
            "--delimiter",
            metavar="CHARACTER",
            help="What separates two cells; tab for a tab.",
            show_default="the one of , ; tab | that separates the names of the columns",
            rich_help_panel=PANEL,
        ),
    ] = None
    encoding: Annotated[
        str | None,
        typer.Option(
            "--encoding",
            metavar="NAME",
            help="A text encoding, such as utf-8 or windows-1252.",
            show_default="UTF-8, UTF-16 or Windows-1252, as detected",
            rich_help_panel=PANEL,
        ),
    ] = None
    sheet: Annotated[
        str | None,
        typer.Option(
            "--sheet",
            metavar="NAME",
            help="The sheet of a workbook.",
            show_default="the only one with values",
            rich_help_panel=PANEL,
        ),
    ] = None
    decimal: Annotated[
        str | None,
        typer.Option(
            "--decimal",
            metavar=", or .",
            help="What stands before the fraction of a number; the other character groups"
            " thousands. Without it, 1.250 and 1,250 are refused.",
            rich_help_panel=PANEL,
        ),
    ] = None
    date_format: Annotated[
        str | None,
        typer.Option(
            "--date-format",
            metavar="FORM",
            help="The form of all dates, such as %m/%d/%Y. Without it, 03/04/2027 is refused.",
            rich_help_panel=PANEL,
        ),
    ] = None
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping",
            metavar="PATH",
            exists=True,
            dir_okay=False,
            help="A file with these options, made by --save-mapping; other options override it.",
            rich_help_panel=PANEL,
        ),
    ] = None
    save_mapping: Annotated[
        Path | None,
        typer.Option(
            "--save-mapping",
            metavar="PATH",
            help="Write these options to a file, for --mapping.",
            rich_help_panel=PANEL,
        ),
    ] = None
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", "-y", help="Import without asking, in a terminal.", rich_help_panel=PANEL
        ),
    ] = False
    command: tuple[str, ...] = ()

    def options(self) -> ReadingOptions:
        """What these options, and those of the mapping, say.

        Raises:
            InvalidOption: one of them is not possible.
            UnusableMapping: the mapping file is none.
        """
        options = ReadingOptions(
            columns=dict(map(_column_and_name, self.column or ())),
            delimiter=None if self.delimiter is None else as_delimiter(self.delimiter),
            encoding=self.encoding,
            header_row=self.header_row,
            sheet=self.sheet,
            decimal=self.decimal,
            date_format=self.date_format,
        )
        return overridden(load_mapping(self.mapping), options) if self.mapping else options


_CONTEXT: Final = "typer_context"


def with_reading(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command an option for each field of `Reading`, and it its parameter `reading`."""
    signature = inspect.signature(command)
    others = [each for name, each in signature.parameters.items() if name != "reading"]
    flags = [each.name for each in others if each.default is False and each.name != "dry_run"]
    options = _parameters()
    names = [each.name for each in options if each.name != _CONTEXT]

    @wraps(command)
    def with_options(*arguments: Any, **keywords: Any) -> T:
        path = keywords.pop(_CONTEXT).command_path.split()
        given = [f"--{flag.replace('_', '-')}" for flag in flags if keywords.get(flag)]
        values = {name: keywords.pop(name) for name in names}
        reading = Reading(**values, command=(*path, *given))
        return command(*arguments, reading=reading, **keywords)

    decorated: Any = with_options
    decorated.__signature__ = signature.replace(parameters=[*others, *options])
    decorated.__annotations__ = {each.name: each.annotation for each in [*others, *options]}
    return with_options


def _parameters() -> list[inspect.Parameter]:
    hints = get_type_hints(Reading, include_extras=True)
    defaults = {each.name: each.default for each in fields(Reading) if each.name != "command"}
    kind = inspect.Parameter.KEYWORD_ONLY
    options = [
        inspect.Parameter(name, kind, default=default, annotation=hints[name])
        for name, default in defaults.items()
    ]
    return [*options, inspect.Parameter(_CONTEXT, kind, annotation=typer.Context)]


def _column_and_name(text: str) -> tuple[str, str]:
    column, equals, name = text.partition("=")
    if not equals:
        raise InvalidOption("column", text, "has no equals sign: say it as in ref='Batch No'")
    return column.strip().casefold(), name.strip()
