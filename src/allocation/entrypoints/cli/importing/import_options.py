"""The options that all imports of files have."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from allocation.entrypoints.cli.console import DatabaseOption
from allocation.entrypoints.cli.dry_runs import DryRunOption
from allocation.entrypoints.cli.importing.reading import Reading
from allocation.entrypoints.cli.raw_output import JsonOption

RejectedOption = Annotated[
    Path | None,
    typer.Option(
        "--rejected",
        metavar="PATH",
        help="The file for refused rows.",
        show_default="FILE.rejected.csv",
    ),
]


@dataclass(frozen=True, slots=True)
class ImportOptions(Reading):
    """The database, what is done, and how the file is read; each field is an option."""

    database: DatabaseOption = None
    rejected: RejectedOption = None
    dry_run: DryRunOption = False
    as_json: JsonOption = False
