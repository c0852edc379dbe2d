"""Shows how a file is read before it is imported, and asks whether that is right."""

import sys
from pathlib import Path
from typing import Final

import typer

from allocation.entrypoints.cli.console import PIPE_WIDTH, err, is_terminal, safe
from allocation.entrypoints.cli.exit_codes import ExitCode
from allocation.entrypoints.cli.plain_table import table_of
from allocation.entrypoints.importing.understanding import first_values, form_of
from allocation.entrypoints.table_files.columns import listed_names
from allocation.entrypoints.table_files.layout import Layout
from allocation.entrypoints.table_files.open_table import AnyTable

_ANSWERS: Final = frozenset({b"y", b"yes"})


def print_understanding(path: Path, table: AnyTable, layout: Layout) -> None:
    """Print what was detected, which column is which, and the first values."""
    err.print(f"{safe(path)}: {safe(form_of(table))}")
    examples = first_values(table)
    indices = [table.columns.indices.get(column) for column in layout.every_column]
    columns = {
        "column": list(layout.every_column),
        "in the file": ["none" if i is None else safe(table.columns.header[i]) for i in indices],
        "first values": [", ".join(map(safe, examples.get(c, ()))) for c in layout.every_column],
    }
    err.print(table_of(columns), width=None if is_terminal(sys.stderr) else PIPE_WIDTH)
    if table.columns.unread:
        err.print(f"not read: {safe(listed_names(table.columns.unread))}")


def confirm() -> None:
    """Ask whether to import, in a terminal.

    Raises:
        typer.Exit: the answer is not yes; nothing has been changed.
    """
    if not (is_terminal(sys.stderr) and is_terminal(sys.stdin)):
        return
    err.print(r"Import? \[y/N] ", end="")
    # Bytes, since an answer that is no text is not yes either.
    if sys.stdin.buffer.readline().strip().lower() not in _ANSWERS:
        err.print("Nothing has been imported.")
        raise typer.Exit(ExitCode.INTERRUPTED)
