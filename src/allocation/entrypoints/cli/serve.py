"""`allocation serve` and `allocation migrate`."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import (
    AF_INET6,
    AI_PASSIVE,
    IPPROTO_IPV6,
    IPV6_V6ONLY,
    SO_REUSEADDR,
    SOCK_STREAM,
    SOL_SOCKET,
    getaddrinfo,
    socket,
)
from typing import Annotated, Any, ClassVar

import typer

from allocation.bootstrap import Application, Clock, bootstrap, now, upgrade
from allocation.config import LineFormat, LogSettings, Settings
from allocation.entrypoints import logs
from allocation.entrypoints.cli.console import DatabaseOption, out, settings, single_line
from allocation.entrypoints.cli.log_options import LogOptions
from allocation.entrypoints.cli.open_access import access_warnings, is_loopback
from allocation.entrypoints.cli.option_bundle import with_options
from allocation.entrypoints.cli.raw_output import JsonOption, write_json
from allocation.errors import EXPECTED, Fault, InputError, WorkerFailed

logger = logging.getLogger(__name__)


class UnusableAddress(InputError):
    """The address is in use, or not an address of this machine."""

    code: ClassVar[str] = "unusable_address"

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host}, port {port}: {reason}")


@with_options
def serve(
    options: LogOptions,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    insecure: Annotated[
        bool,
        typer.Option("--insecure", help="Serve other machines although there is no access key."),
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Serve over HTTP until interrupted; the API is documented at /docs.

    Without any access key, every program of this machine may read and change everything, and
    other machines are not served: see `allocation keys create`.

    The log is written to standard error: a line for each request that is refused, fails or is
    slow, or for every request.
    """
    log = options.settings
    logs.configure(log)
    logs.capture_everything()
    with _errors_logged(lambda: log.format is LineFormat.JSON):
        serve_on(host, port, settings(database), log=log, insecure=insecure)


def serve_on(
    host: str,
    port: int,
    settings: Settings,
    *,
    clock: Clock = now,
    log: LogSettings | None = None,
    insecure: bool = False,
) -> None:
    """Serve with these settings and this clock.

    Raises:
        NoAccessKey: there is no access key, other machines can reach the host, and the server is
            not to be `insecure`.
        UnusableAddress: the address is in use, or not an address of this machine.
    """
    # Imported here because it takes a fifth of a second, and no other command needs it.
    from allocation.entrypoints.http import server  # noqa: PLC0415

    listening = bind(host, port)
    parts = bootstrap(settings, clock=clock)
    # A proxy on this machine lets other machines reach the loopback.
    private = is_loopback(listening) and not settings.trusted_proxies
    warnings = _start_warnings(parts, listening, host, private=private, insecure=insecure)
    sqlite = parts.database.sqlite
    served = parts.database.name if sqlite is None else f"{parts.database.name} with {sqlite}"
    addresses = list[str]()

    def announce(address: str) -> None:
        while warnings:  # only once the server listens: a failed start prints its error alone
            logger.warning("%s", warnings.pop(0))
        logger.info("Serving %s on http://%s (API: /docs)", served, address)
        addresses.append(address)

    exposure = server.Exposure(
        insecure or private,
        settings.hosts.including(host),
        settings.trusted_proxies,
    )
    with _errors_logged(lambda: bool(addresses)):
        if not server.serve(parts, listening, announce, exposure, log):
            raise typer.Exit(2)


@contextmanager
def _errors_logged(is_due: Callable[[], bool]) -> Iterator[None]:
    """Log an error that ends the command, if that `is_due`, instead of printing it.

    A program that reads the log of a server then meets no other line. A bug is logged in any case.
    """
    try:
        yield
    except (Fault, WorkerFailed):
        raise
    except EXPECTED as error:
        if not is_due():
            raise
        logger.critical("%s", single_line(error))
        sys.exit(2)


def _start_warnings(
    parts: Application, listening: list[socket], host: str, *, private: bool, insecure: bool
) -> list[str]:
    """What an operator must know; closes everything if the server must not start.

    Raises:
        NoAccessKey: see `access_warnings`.
    """
    store = parts.keys
    try:
        keys, time = store.all(), store.clock()
        access = access_warnings(keys, time, host, loopback=private, insecure=insecure)
        return [*access, *_warnings(parts)]
    except Exception:
        parts.close()
        for each in listening:
            each.close()
        raise


def _warnings(parts: Application) -> Iterator[str]:
    sqlite = parts.database.sqlite
    if sqlite is not None and sqlite.warning is not None:
        yield sqlite.warning
    if parts.mail_missing is not None:
        yield f"e-mail is written to this log instead of being sent: {parts.mail_missing}"


def bind(host: str, port: int) -> list[socket]:
    """Bind sockets to every address of the host; the server listens on them when it is ready.

    Until then, no client can connect: not before it is certain that clients need keys.

    Raises:
        UnusableAddress: an address is in use, or not one of this machine's.
    """
    try:
        infos = getaddrinfo(host, port, type=SOCK_STREAM, flags=AI_PASSIVE)
        return [_bound(family, address[:2]) for family, _, _, _, address in infos]
    except OSError as error:
        raise UnusableAddress(host, port, error.strerror or str(error)) from None
    except UnicodeError as error:  # the host is not a valid name
        raise UnusableAddress(host, port, str(error)) from None


def _bound(family: int, address: Any) -> socket:
    bound = socket(family, SOCK_STREAM)
    try:
        bound.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  # also soon after another server has ended
        if family == AF_INET6:
            bound.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def migrate(as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Migrate the database's tables to this version of the program."""
    version = upgrade(settings(database))
    if as_json:
        write_json({"revision": version})
    else:
        out.print(f"The database is at revision {version}.")
