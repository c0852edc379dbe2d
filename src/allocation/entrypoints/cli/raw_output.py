"""Output for programs, JSON and CSV: written as it is, in UTF-8, to standard output."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from allocation.entrypoints.files import UnusableFile, using
from allocation.entrypoints.list_formats import LF, as_csv, csv_header

_STDOUT: Final = Path("standard output")


JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def refuse_both(*, as_json: bool, as_csv: bool) -> None:
    """Refuse a command that is to print two formats.

    Raises:
        BadParameter: both are asked for.
    """
    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv")


def write_raw(data: bytes) -> None:
    """Write bytes to standard output; if its reader has gone, end the command.

    Raises:
        UnusableFile: the output is closed, or cannot be written, for example to a full disk.
        Exit: the reader, such as `head`, has what it wants.
    """
    if sys.stdout is None:
        raise UnusableFile(_STDOUT, "it is closed")
    buffer: Any = getattr(sys.stdout, "buffer", None)
    with using(_STDOUT), _until_the_reader_leaves():
        if buffer is None:  # a stream of text, without bytes beneath
            sys.stdout.write(data.decode())
        else:
            _write_all(buffer, data)
        sys.stdout.flush()


def _write_all(stream: Any, data: bytes) -> None:
    """Write bytes to a stream, which may take less than all at once if it is unbuffered."""
    left = memoryview(data)
    while left:
        left = left[stream.write(left) :]


@contextmanager
def _until_the_reader_leaves() -> Iterator[None]:
    """Write to standard output; if its reader has gone, end the command.

    Raises:
        Exit: the reader, such as `head`, has what it wants.
    """
    try:
        yield
    except BrokenPipeError:
        # Else Python would complain when it flushes the stream at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def write_json(value: object) -> None:
    """Write a value as one line of JSON."""
    write_raw(msgspec.json.encode(value) + b"\n")


def write_csv(columns: Sequence[str], rows: Sequence[Any]) -> None:
    """Write rows as CSV, with a line of column names."""
    write_raw(csv_header(columns, LF) + as_csv(columns, rows, LF))
