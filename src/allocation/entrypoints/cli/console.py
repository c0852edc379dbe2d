"""Console output of the commands, and their shared helpers: settings, application, queries."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from allocation.bootstrap import Application, Queries, bootstrap, run_query
from allocation.config import DATABASE_VARIABLE, DEFAULT_DATABASE, Settings
from allocation.entrypoints.files import using
from allocation.entrypoints.visible import visible

T = TypeVar("T")

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


class SafeCommands(TyperGroup):
    """Escapes control characters in Typer's usage errors, which quote the arguments."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Parse the arguments before the command."""
        with _visible_errors():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _visible_errors():
            return super().invoke(ctx)


@contextmanager
def _visible_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(message := getattr(error, "message", None), str):
            error.message = visible(message)  # type: ignore[attr-defined]  # checked above
        raise


_terminal = sys.stdout is not None and sys.stdout.isatty()  # None if it was closed
out: Final = SafeConsole(
    highlight=False, soft_wrap=True, emoji=False, width=None if _terminal else PIPE_WIDTH
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
) -> Iterator[Application]:
    """The application for a command that writes; it first finishes an earlier process's work.

    Only commands that add data create a missing database file: otherwise a mistyped path would
    look like an empty shop.
    """
    configured = settings(database)
    # Mail is already in the log, so a command does not wait long for a slow server.
    impatient = replace(configured, email=replace(configured.email, timeout=MAIL_TIMEOUT))
    parts = bootstrap(impatient, max_group_size=max_group_size, create=create)
    try:
        parts.processor.recover()
        yield parts
    finally:
        parts.close()


def read_only(database: str | None, query: Callable[[Queries], T]) -> T:
    """Run the query of a read-only command: it changes nothing and waits for no lock.

    An earlier process's unfinished work is left to servers and commands that write.
    """
    return run_query(settings(database), query)


COUNTED_PROGRESS: Final = TextColumn("{task.fields[done]}"), BarColumn(), TaskProgressColumn()
"""Columns for `progress`: the text in the field `done`, a bar and a percentage."""


def progress(*columns: ProgressColumn) -> Progress:
    """A progress bar, shown in a terminal only and removed when the work is done."""
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def table_of(columns: Mapping[str, Sequence[str]], *optional: str) -> Table:
    """A plain table of these columns; an optional one is left out if none of its cells has text."""
    shown = {name: c for name, c in columns.items() if name not in optional or any(c)}
    plain = table(*shown)
    for row in zip(*shown.values(), strict=True):
        plain.add_row(*row)
    return plain


def with_next_page(shown: Table, after: object) -> Table:
    """A table that names the cursor of the next page below, if there is one."""
    if after is not None:
        shown.caption = f"for the next page: --after {safe(quote(str(after)))}"
    return shown


def table(*columns: str) -> Table:
    """A plain table; numbers are right-aligned, and long names wrap."""
    plain = Table(box=None, pad_edge=False)
    for column in columns:
        plain.add_column(column, justify="right" if column in _NUMBERS else "left", overflow="fold")
    return plain


_NUMBERS: Final = {
    *("qty", "qty before", "qty now", "purchased", "allocated", "available", "blocked"),
}


def counted(count: int, singular: str, plural: str) -> str:
    """A count with its noun, such as "2 batches"."""
    return f"{count:,} {singular if count == 1 else plural}"


def single_line(error: object) -> str:
    """A database error, which may have several lines, on a single line."""
    return " ".join(str(error).split())


def safe(text: object) -> str:
    """Escape text for the console: markup brackets, line breaks and control characters."""
    return escape(visible(str(text)))
