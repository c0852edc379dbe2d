"""Where the commands write: results to standard output, the rest to standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, ProgressColumn
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from allocation.bootstrap import Application, Queries, bootstrap, look
from allocation.config import DATABASE_VARIABLE, DEFAULT_DATABASE, Settings
from allocation.entrypoints.cli.files import using
from allocation.entrypoints.visible import visible

T = TypeVar("T")

NEVER_TOO_NARROW: Final = 4096
"""Columns of what is no terminal: a table that is piped on is not cut."""


class SafeConsole(Console):
    """Whatever is printed, no text of others steers the terminal: one door for all of it."""

    def print(self, *what: Any, **how: Any) -> None:
        """Print; what cannot be written, as to a full disk, is told with its place.

        Raises:
            UnusableFile: it cannot.
        """
        with using(Path("standard error" if self.stderr else "standard output")):
            super().print(*what, **how)

    def render_str(self, text: str, **how: Any) -> Text:
        """The text as it is shown, in a table and in a line of its own."""
        return super().render_str(visible(text, keep="\n"), **how)


class SafeCommands(TyperGroup):
    """The same for what Typer says of a wrong call, in which it repeats the words of the call."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Read the words before the command."""
        with _visible_errors():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the words ask for."""
        with _visible_errors():
            return super().invoke(ctx)


@contextmanager
def _visible_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(message := getattr(error, "message", None), str):
            error.message = visible(message)  # type: ignore[attr-defined]  # as was just seen
        raise


_terminal = sys.stdout is not None and sys.stdout.isatty()  # None where it was closed
out: Final = SafeConsole(
    highlight=False, soft_wrap=True, emoji=False, width=None if _terminal else NEVER_TOO_NARROW
)
err: Final = SafeConsole(stderr=True, highlight=False, soft_wrap=True, emoji=False)

MAIL_TIMEOUT: Final = 2
"""Seconds for which a command waits for the mail server at any step."""

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
    """The settings of the environment, with what the command line says instead."""
    read = Settings.read()
    return read if not database else replace(read, database_url=database)


@contextmanager
def application(
    database: str | None, max_group_size: int = 256, *, create: bool = False
) -> Iterator[Application]:
    """The application for one command that writes; first it finishes what another left behind.

    A file that is not there is made by commands that put something in; else a mistyped name
    would look like a shop in which all is well.
    """
    read = settings(database)
    # The mail is in the log already: nobody need wait at the prompt for a slow server.
    hasty = replace(read, email=replace(read.email, timeout=MAIL_TIMEOUT))
    parts = bootstrap(hasty, max_group_size=max_group_size, create=create)
    try:
        parts.processor.recover()
        yield parts
    finally:
        parts.close()


def looking(database: str | None, query: Callable[[Queries], T]) -> T:
    """What a command finds that only looks: it changes nothing, and waits for nobody.

    What another process has left behind is left to a command that writes, or to a server.
    """
    return look(settings(database), query)


def progress(*columns: ProgressColumn) -> Progress:
    """A bar that is gone when it is done, and of which no file is told."""
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def table(*columns: str) -> Table:
    """A plain table; numbers stand to the right, and long names go on in the next line."""
    plain = Table(box=None, pad_edge=False)
    for column in columns:
        plain.add_column(column, justify="right" if column in _NUMBERS else "left", overflow="fold")
    return plain


_NUMBERS: Final = {"qty", "purchased", "allocated", "available"}


def counted(count: int, one: str, many: str) -> str:
    """A number of things, in words."""
    return f"{count:,} {one if count == 1 else many}"


def in_one_line(error: object) -> str:
    """What a database says in several lines."""
    return " ".join(str(error).split())


def safe(text: object) -> str:
    """Text as it is, in one line, whatever square brackets and control characters it has."""
    return escape(visible(str(text)))
