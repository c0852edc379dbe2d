"""`allocation serve` and `allocation migrate`."""

from collections.abc import Iterator
from socket import AI_PASSIVE, SOCK_STREAM, create_server, getaddrinfo, socket
from typing import Annotated, ClassVar

import typer

from allocation.bootstrap import Application, Clock, bootstrap, now, upgrade
from allocation.config import Settings
from allocation.entrypoints.cli.console import DatabaseOption, err, out, safe, settings
from allocation.errors import InputError


class UnusableAddress(InputError):
    """An address on which nobody can listen, at least not now."""

    code: ClassVar[str] = "unusable_address"

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host}, port {port}: {reason}")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    database: DatabaseOption = None,
) -> None:
    """Serve over HTTP until interrupted; the API is shown at /docs."""
    serve_on(host, port, settings(database))


def serve_on(host: str, port: int, settings: Settings, *, clock: Clock = now) -> None:
    """Serve with these settings, and by this clock.

    Raises:
        UnusableAddress: nobody can listen there.
    """
    # No other command needs the web, and it takes a fifth of a second to import.
    from allocation.entrypoints.http import server  # noqa: PLC0415

    listening = _listen(host, port)
    parts = bootstrap(settings, clock=clock)
    sqlite = parts.database.sqlite
    served = parts.database.name if sqlite is None else f"{parts.database.name} with {sqlite}"
    warnings = list(_warnings(parts))

    def tell(address: str) -> None:
        while warnings:  # once it serves: why it could not be started is told by itself
            err.print(f"[yellow]warning:[/] {safe(warnings.pop(0))}")
        err.print(f"Serving {safe(served)} on http://{address} (API: /docs)")

    if not server.serve(parts, listening, tell, settings.hosts.and_bound_to(host)):
        raise typer.Exit(2)


def _warnings(parts: Application) -> Iterator[str]:
    sqlite = parts.database.sqlite
    if sqlite is not None and sqlite.warning is not None:
        yield sqlite.warning
    if parts.mail_missing is not None:
        yield f"mail goes to this log and is not sent: {parts.mail_missing}"


def _listen(host: str, port: int) -> list[socket]:
    """Sockets on every address that the host has.

    Raises:
        UnusableAddress: one is taken, or is none of this machine's.
    """
    try:
        told = getaddrinfo(host, port, type=SOCK_STREAM, flags=AI_PASSIVE)
        return [create_server(to[:2], family=family) for family, _, _, _, to in told]
    except OSError as error:
        raise UnusableAddress(host, port, error.strerror or str(error)) from None
    except UnicodeError as error:  # of a name that no host can have
        raise UnusableAddress(host, port, str(error)) from None


def migrate(database: DatabaseOption = None) -> None:
    """Bring the database's tables up to this version of the program."""
    version = upgrade(settings(database))
    out.print(f"The database is at revision {version}.")
