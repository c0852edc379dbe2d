"""`--dry-run` of the commands that change something."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer

from allocation.bootstrap import MOST_IN_DRY_RUN, Application
from allocation.entrypoints.cli.console import application, counted, out
from allocation.entrypoints.cli.moves import promised_days, table_of_moves
from allocation.entrypoints.cli.promises import print_promises
from allocation.errors import NoSuchDatabase
from allocation.views import LISTED, ChangedPromise, Move

DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", help="Tell what would happen, and change nothing."),
]

NOTHING_CHANGED: Final = "This was a dry run: nothing has been changed."


@contextmanager
def application_for_dry_run(database: str | None, *, create: bool = False) -> Iterator[Application]:
    """The application for a dry run.

    With `create`, for a command that would create a missing database file, an empty database that
    is deleted afterwards stands in for it.
    """
    with ExitStack() as stack:
        try:
            parts = stack.enter_context(application(database))
        except NoSuchDatabase:
            if not create:
                raise
            folder = stack.enter_context(TemporaryDirectory())
            empty = f"sqlite:///{Path(folder, 'empty.db')}"
            parts = stack.enter_context(application(empty, create=True))
        yield parts


def print_moves(
    moves: Sequence[Move], promises: Sequence[ChangedPromise] = (), *, complete: bool
) -> None:
    """List what would move, and say if the dry run ended at its limit."""
    if moves:
        out.print(table_of_moves(islice(moves, LISTED), promised_days(promises)))
    if len(moves) > LISTED:
        lines = counted(len(moves), "order line", "order lines")
        out.print(f"These are the first {LISTED} of {lines}.")
    print_promises(promises, "would move", complete=True)
    if not complete:
        out.print(f"There is more: a dry run ends at {MOST_IN_DRY_RUN:,} messages of one kind.")
    out.print(NOTHING_CHANGED)
