"""`allocation top`."""

import sys
from collections.abc import Callable
from typing import Annotated, Final

import typer
from rich.live import Live

from allocation.bootstrap import now
from allocation.entrypoints.cli.console import (
    DatabaseOption,
    is_terminal,
    out,
    read_only,
    single_line,
)
from allocation.entrypoints.cli.raw_output import write_json
from allocation.entrypoints.cli.top.frame import LATEST, Frame, frame_of
from allocation.entrypoints.cli.top.keyboard import until_quit
from allocation.entrypoints.cli.top.layout import layout
from allocation.errors import InputError, StoreUnavailable

HEAD: Final = 8
"""The rows of a terminal that are not for messages."""


def top(
    interval: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.1, max=3600, help="The time between two frames."),
    ] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Print one frame, and end.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each frame as a line of JSON.")
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Watch the service: rates, what waits or has failed, and the latest messages.

    The view changes nothing; q or Ctrl-C ends it. Rates are those of the last minute; of a busy
    service, those of its last thousand messages.
    """

    def read() -> Frame:
        return read_only(database, lambda queries: frame_of(queries, now()))

    if once:
        _print(read(), as_json=as_json)
    elif as_json:
        _watch(interval, lambda: write_json(read()))
    elif is_terminal(sys.stdout):
        _show(read, interval)
    else:
        raise InputError("the output is not a terminal: choose --once or --json")


def _print(frame: Frame, *, as_json: bool) -> None:
    if as_json:
        write_json(frame)
    else:
        out.print(layout(frame, LATEST))


def _show(read: Callable[[], Frame], interval: float) -> None:
    """Show frames until the end; while the database cannot be read, the last one with the error."""
    frame = read()
    with Live(console=out, screen=True, auto_refresh=False) as live:

        def refresh() -> None:
            nonlocal frame
            error = None
            try:
                frame = read()
            except StoreUnavailable as unavailable:
                error = single_line(unavailable)
            live.update(layout(frame, live.console.height - HEAD, error), refresh=True)

        _watch(interval, refresh)


def _watch(interval: float, show: Callable[[], None]) -> None:
    """Show a frame now and after each interval, until `q` or Ctrl-C."""
    try:
        with until_quit() as is_quit_after:
            while True:
                show()
                if is_quit_after(interval):
                    return
    except KeyboardInterrupt:
        return
