"""Shows how a file is read before it is imported, and asks whether that is right."""

import sys
from pathlib import Path
from typing import Final, TextIO

import typer

from allocation.entrypoints.cli import interrupt
from allocation.entrypoints.cli.console import PIPE_WIDTH, err, safe
from allocation.entrypoints.cli.console import table as plain_table
from allocation.entrypoints.importing.understanding import first_values, form_of
from allocation.entrypoints.table_files.columns import listed_names
from allocation.entrypoints.table_files.layout import Layout
from allocation.entrypoints.table_files.open_table import AnyTable

_ANSWERS: Final = frozenset({b"y", b"yes"})


def print_understanding(path: Path, table: AnyTable, layout: Layout) -> None:
    """Print what was detected, which column is which, and the first values."""
    err.print(f"{safe(path)}: {safe(form_of(table))}")
    examples = first_values(table)
    shown = plain_table("column", "in the file", "first values")
    for column in layout.every_column:
        index = table.columns.indices.get(column)
        name = "none" if index is None else safe(table.columns.header[index])
        shown.add_row(column, name, ", ".join(map(safe, examples.get(column, ()))))
    err.print(shown, width=None if _is_terminal(sys.stderr) else PIPE_WIDTH)
    if table.columns.unread:
        err.print(f"not read: {safe(listed_names(table.columns.unread))}")


def confirm() -> None:
    """Ask whether to import, in a terminal.

    Raises:
        typer.Exit: the answer is not yes; nothing has been changed.
    """
    if not (_is_terminal(sys.stderr) and _is_terminal(sys.stdin)):
        return
    err.print(r"Import? \[y/N] ", end="")
    # Bytes, since an answer that is no text is not yes either.
    if sys.stdin.buffer.readline().strip().lower() not in _ANSWERS:
        err.print("Nothing has been imported.")
        raise typer.Exit(interrupt.EXIT_CODE)


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal, whatever FORCE_COLOR says; None if it was closed."""
    return stream is not None and stream.isatty()
