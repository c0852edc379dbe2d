"""Console output of the commands, and their shared helpers: settings, application, queries."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TextColumn
from rich.text import Text

from allocation.config import DATABASE_VARIABLE, DEFAULT_DATABASE, Settings
from allocation.entrypoints.cli.verbosity import Verbosity, verbosity
from allocation.entrypoints.files import using
from allocation.entrypoints.visible import visible

if TYPE_CHECKING:
    from allocation.bootstrap import Application, Queries

T = TypeVar("T")

logger = logging.getLogger(__name__)

PIPE_WIDTH: Final = 4096
"""The width of output to a file or pipe, so that tables are not truncated."""


class SafeConsole(Console):
    """A console that escapes control characters in everything it prints."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print.

        Raises:
            UnusableFile: the output cannot be written, for example to a full disk.
        """
        with using(Path("standard error" if self.stderr else "standard output")):
            super().print(*objects, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Render text, in a table or on its own, with control characters escaped."""
        return super().render_str(visible(text, keep="\n"), **options)


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a stream is a terminal, whatever FORCE_COLOR says; None if it was closed."""
    return stream is not None and stream.isatty()


out: Final = SafeConsole(
    highlight=False,
    soft_wrap=True,
    emoji=False,
    width=None if is_terminal(sys.stdout) else PIPE_WIDTH,
)
err: Final = SafeConsole(stderr=True, highlight=False, soft_wrap=True, emoji=False)

MAIL_TIMEOUT: Final = 2
"""The timeout of a command for each step of an SMTP session, in seconds."""

DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar=DATABASE_VARIABLE,
        help="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
        show_default=DEFAULT_DATABASE,
    ),
]


def settings(database: str | None) -> Settings:
    """The settings from the environment, overridden by the command line."""
    environment = Settings.read()
    return environment if not database else replace(environment, database_url=database)


@contextmanager
def application(
    database: str | None, max_group_size: int = 256, *, create: bool = False
) -> Iterator["Application"]:
    """The application for a command that writes; it first finishes an earlier process's work.

    Only commands that add data create a missing database file: otherwise a mistyped path would
    look like an empty shop.
    """
    from allocation.bootstrap import bootstrap  # noqa: PLC0415 - heavy, and no help needs it

    configured = settings(database)
    # Mail is already in the log, so a command does not wait long for a slow server.
    impatient = replace(configured, email=replace(configured.email, timeout=MAIL_TIMEOUT))
    with _timed():
        parts = bootstrap(impatient, max_group_size=max_group_size, create=create)
        logger.debug("the database is %s", parts.database.name)
        try:
            parts.processor.recover()
            yield parts
        finally:
            parts.close()


def read_only(database: str | None, query: "Callable[[Queries], T]") -> T:
    """Run the query of a read-only command: it changes nothing and waits for no lock.

    An earlier process's unfinished work is left to servers and commands that write.
    """
    from allocation.bootstrap import run_query  # noqa: PLC0415 - heavy, and no help needs it

    def logged_query(queries: "Queries") -> T:
        logger.debug("the database is %s", queries.database)
        return query(queries)

    with _timed():
        return run_query(settings(database), logged_query)


@contextmanager
def _timed() -> Iterator[None]:
    started = time.monotonic()
    try:
        yield
    finally:
        logger.debug("the database was in use for %.3f s", time.monotonic() - started)


COUNTED_PROGRESS: Final = TextColumn("{task.fields[done]}"), BarColumn(), TaskProgressColumn()
"""Columns for `progress`: the text in the field `done`, a bar and a percentage."""


def progress(*columns: ProgressColumn) -> Progress:
    """A progress bar, shown in a terminal only and removed when the work is done."""
    is_shown = is_terminal(sys.stderr) and verbosity() is not Verbosity.QUIET
    return Progress(*columns, console=err, transient=True, disable=not is_shown)


def note(text: str) -> None:
    """Print a note on standard error, unless the command is to be quiet."""
    if verbosity() is not Verbosity.QUIET:
        err.print(text)


def counted(count: int, singular: str, plural: str) -> str:
    """A count with its noun, such as "2 batches"."""
    return f"{count:,} {singular if count == 1 else plural}"


def single_line(error: object) -> str:
    """A database error, which may have several lines, on a single line."""
    return " ".join(str(error).split())


def safe(text: object) -> str:
    """Escape text for the console: markup brackets, line breaks and control characters."""
    return escape(visible(str(text)))
