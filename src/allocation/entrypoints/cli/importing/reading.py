"""The options of all imports that say how their file is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from allocation.entrypoints.table_files.mapping_file import load_mapping, overridden
from allocation.entrypoints.table_files.reading_options import (
    InvalidOption,
    ReadingOptions,
    as_delimiter,
)

PANEL: Final = "How the file is read"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the user wants a file to be read; each field is an option of the commands."""

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

    def reading(self) -> ReadingOptions:
        """What these options, and those of the mapping, say.

        Raises:
            InvalidOption: one of them is not possible.
            UnusableMapping: the mapping file is none.
        """
        options = ReadingOptions(
            columns=_columns(self.column or ()),
            delimiter=None if self.delimiter is None else as_delimiter(self.delimiter),
            encoding=self.encoding,
            header_row=self.header_row,
            sheet=self.sheet,
            decimal=self.decimal,
            date_format=self.date_format,
        )
        return overridden(load_mapping(self.mapping), options) if self.mapping else options


def _columns(texts: Iterable[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for column, name in map(_column_and_name, texts):
        if columns.setdefault(column, name) != name:
            raise InvalidOption("column", column, f"is said to be {columns[column]!r} and {name!r}")
    return columns


def _column_and_name(text: str) -> tuple[str, str]:
    column, equals, name = text.partition("=")
    if not equals:
        raise InvalidOption("column", text, "has no equals sign: say it as in ref='Batch No'")
    return column.strip().casefold(), name.strip()
