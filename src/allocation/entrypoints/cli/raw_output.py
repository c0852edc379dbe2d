"""Output for programs, JSON and CSV: written as it is, in UTF-8, to standard output."""

import os
import sys
from pathlib import Path
from typing import Any, Final

import msgspec
import typer

from allocation.entrypoints.files import using
from allocation.entrypoints.list_formats import LF, as_csv, csv_header

_STDOUT: Final = Path("standard output")


def write_raw(data: bytes) -> None:
    """Write bytes to standard output; if its reader has gone, end the command.

    Raises:
        UnusableFile: the output cannot be written, for example to a full disk.
        Exit: the reader, such as `head`, has what it wants.
    """
    buffer: Any = getattr(sys.stdout, "buffer", None)
    with using(_STDOUT):
        try:
            if buffer is None:  # a stream of text, without bytes beneath
                sys.stdout.write(data.decode())
            else:
                buffer.write(data)
            sys.stdout.flush()
        except BrokenPipeError:
            # Else Python would complain when it flushes the stream at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None


def write_json(value: object) -> None:
    """Write a value as one line of JSON."""
    write_raw(msgspec.json.encode(value) + b"\n")


def write_csv(columns: tuple[str, ...], rows: list[Any]) -> None:
    """Write rows as CSV, with a line of column names."""
    write_raw(csv_header(columns, LF) + as_csv(columns, rows, LF))
