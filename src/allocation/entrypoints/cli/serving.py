"""`allocation serve` and `allocation migrate`."""

import signal
import sys
from socket import AI_PASSIVE, SOCK_STREAM, create_server, getaddrinfo, socket
from typing import Annotated, Final

import typer
import uvicorn

from allocation.bootstrap import bootstrap, upgrade
from allocation.entrypoints.cli.console import DatabaseOption, err, out, safe, settings
from allocation.entrypoints.http.app import create_app

SHUTDOWN_TIMEOUT: Final = 30
"""Seconds for which requests under way may take to end when the server is stopped."""


class _Server(uvicorn.Server):
    """Tells where it listens, once it does."""

    def __init__(self, config: uvicorn.Config, database: str) -> None:
        super().__init__(config)
        self._database = database

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                address = f"[{host}]" if ":" in host else host
                err.print(f"Serving {safe(self._database)} on http://{address}:{port} (API: /docs)")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    database: DatabaseOption = None,
) -> None:
    """Serve over HTTP until interrupted; the API is shown at /docs."""
    listening = _listen(host, port)
    parts = bootstrap(settings(database))
    server = _Server(
        uvicorn.Config(
            create_app(parts),
            host=host,
            port=port,
            lifespan="on",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        ),
        parts.database.name,
    )
    for stop in (signal.SIGINT, signal.SIGTERM):
        # uvicorn drains, and then passes the signal on to whoever had it before.
        signal.signal(stop, lambda *_: sys.exit(0))
    server.run(listening)
    if not server.started:
        raise typer.Exit(2)


def _listen(host: str, port: int) -> list[socket]:
    """Sockets on every address that the host has.

    Raises:
        OSError: one is taken, or is none of this machine's.
    """
    try:
        told = getaddrinfo(host, port, type=SOCK_STREAM, flags=AI_PASSIVE)
        return [create_server(to[:2], family=family) for family, _, _, _, to in told]
    except OSError as error:
        raise OSError(f"cannot listen on {host}, port {port}: {error.strerror}") from None


def migrate(database: DatabaseOption = None) -> None:
    """Bring the database's tables up to this version of the program."""
    version = upgrade(settings(database))
    out.print(f"The database is at revision {version}.")
