"""`allocation serve` and `allocation migrate`."""

from socket import AI_PASSIVE, SOCK_STREAM, create_server, getaddrinfo, socket
from typing import Annotated

import typer

from allocation.bootstrap import bootstrap, upgrade
from allocation.entrypoints.cli.console import DatabaseOption, err, out, safe, settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    database: DatabaseOption = None,
) -> None:
    """Serve over HTTP until interrupted; the API is shown at /docs."""
    # No other command needs the web, and it takes a fifth of a second to import.
    from allocation.entrypoints.http import server  # noqa: PLC0415

    listening = _listen(host, port)
    parts = bootstrap(settings(database))
    if parts.mail_missing is not None:
        told = "mail goes to this log and is not sent"
        err.print(f"[yellow]warning:[/] {told}: {parts.mail_missing}")

    def tell(address: str) -> None:
        err.print(f"Serving {safe(parts.database.name)} on http://{address} (API: /docs)")

    if not server.serve(parts, listening, tell):
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
