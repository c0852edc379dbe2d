"""The command `allocation demo`."""

import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer

from allocation.bootstrap import Application, bootstrap
from allocation.config import LogLevel, LogSettings, Settings
from allocation.demo.year import OPENING, year
from allocation.entrypoints import logs
from allocation.entrypoints.cli.console import out
from allocation.entrypoints.cli.demo.browser import open_browser
from allocation.entrypoints.cli.demo.narration import Narration
from allocation.entrypoints.cli.demo.simulated_clock import SimulatedClock
from allocation.entrypoints.cli.demo.simulation import Simulation
from allocation.entrypoints.cli.serve import UnusableAddress, bind

HOST: Final = "127.0.0.1"
PORT: Final = 8000

_INTRODUCTION: Final = """\
A furniture shop's year begins. Watch it on the board: {url}
Orders come in, shipments slip or arrive in part, the roof leaks, customers cancel. Order lines move
to other batches then, or wait; the first ones do so within seconds.
{speed:,} simulated days per minute, seed {seed}. Press Ctrl-C to end; the database is removed then.
"""
_END: Final = "The year is over. The board stays open until you press Ctrl-C."


def demo(
    speed: Annotated[
        int,
        typer.Option(
            metavar="DAYS", min=1, max=1_000_000, help="Simulated days per minute of real time."
        ),
    ] = 10,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="The same seed makes the same year.")
    ] = 1,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Port to listen on.",
            show_default=f"{PORT}, or a free one if that is in use",
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open the board in a browser.")
    ] = False,
) -> None:
    """Serve a furniture shop for a simulated year, to watch on the board.

    Orders come in, shipments slip or arrive in part, stock is damaged and customers cancel, so that
    order lines move to other batches. The year takes about 36 minutes at the default speed; after
    it, the board stays open until Ctrl-C.

    The server listens on this machine only. Its database is temporary, and removed at the end. It
    ignores all ALLOCATION_ variables, and therefore sends no e-mail.
    """
    log = LogSettings(level=LogLevel.ERROR)
    logs.configure(log)
    logs.capture_everything()
    _clean_up_when_terminated()
    listening = bind_port(port)

    def announce(address: str) -> None:
        url = f"http://{address}/"
        out.print(_INTRODUCTION.format(url=url, speed=speed, seed=seed))
        if not no_browser:
            open_browser(url)

    clock = SimulatedClock(OPENING, speed)
    with TemporaryDirectory(prefix="allocation-demo-") as folder:
        settings = Settings(f"sqlite:///{Path(folder, 'demo.db')}")
        with closing(bootstrap(settings, clock=clock)) as application:
            narration = Narration(application, OPENING)
            simulation = Simulation(application, clock, year(seed), narration.report, _tell_end)
            _serve(application, listening, announce, simulation, log)


def _serve(
    application: Application,
    listening: list[socket],
    announce: Callable[[str], None],
    simulation: Simulation,
    log: LogSettings,
) -> None:
    # Imported here because it takes a fifth of a second, and hardly any command needs it.
    from allocation.entrypoints.http import server  # noqa: PLC0415

    exposure = server.Exposure(may_be_open=True)
    if not server.serve(application, listening, announce, exposure, log, simulation.run):
        raise typer.Exit(2)


def _tell_end() -> None:
    out.print(_END)


def _clean_up_when_terminated() -> None:
    """Let SIGTERM, and the end of the terminal, end the demo as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # not under nohup
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def bind_port(port: int | None) -> list[socket]:
    """Bind to the port, or, if none is given, to the usual one or a free one.

    Raises:
        UnusableAddress: the port is in use.
    """
    try:
        return bind(HOST, PORT if port is None else port)
    except UnusableAddress:
        if port is not None:
            raise
        return bind(HOST, 0)
