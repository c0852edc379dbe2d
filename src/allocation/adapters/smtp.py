"""SMTP: sends one e-mail to one server, over TLS where the server offers it (ADR 23)."""

import asyncio
import os
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Final, NamedTuple

import aiosmtplib

from allocation.config import SmtpServer, Tls
from allocation.messaging.errors import DeliveryRefused

DEADLINE_FACTOR: Final = 3
"""The deadline of a whole session as a multiple of the timeout of one step. Otherwise a server
that sends a few bytes now and then could block the relay, and a shutdown, for ever."""

CLOSE_ITERATIONS: Final = 10
"""Iterations of the event loop in which an aborted connection is closed before the loop ends."""

_START_TLS: Final = {Tls.OFFERED: None, Tls.UNVERIFIED: None, Tls.REQUIRED: True, Tls.OFF: False}
"""The client's `start_tls` option; with None it uses STARTTLS if offered."""

_LOGIN_REPLIES: Final = {530, 534, 535, 538}
"""Replies about the login or TLS (RFC 4954), not about the message."""

_MESSAGE_ERRORS: Final = aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError
"""Errors about the message; all others can be corrected in the configuration."""


_CA_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Environment variables with the locations of trusted CA certificates."""


class Mail(NamedTuple):
    """An e-mail: the addresses of the SMTP envelope, and the encoded message."""

    sender: str
    recipients: Sequence[str]
    content: bytes


class _Client(aiosmtplib.SMTP):
    """A connection for a single message."""

    async def rset(self, *_: object, **__: object) -> aiosmtplib.SMTPResponse:
        """Do nothing: RSET after a refusal could time out, and hide the refusal."""
        return aiosmtplib.SMTPResponse(250, "there are no more messages")


class _NoSuchAddresses(aiosmtplib.SMTPException):
    """The addresses need SMTPUTF8, which the server does not support."""


class Refusal(NamedTuple):
    """The reply of a server that refuses a message or recipient."""

    code: int
    text: str

    @property
    def is_permanent(self) -> bool:
        """Whether the refusal of this message is permanent."""
        return 500 <= self.code <= 599 and self.code not in _LOGIN_REPLIES

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


def send(server: SmtpServer, mail: Mail, timeout: float) -> Mapping[str, Refusal]:
    """Send a message; return the refused recipients, if the server accepted others.

    Raises:
        DeliveryRefused: the server refuses this message permanently.
        ConnectionError: the server cannot be reached, takes too long, refuses the message for
            now, or would be sent a password unencrypted.
    """
    try:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(_send(server, mail, timeout))
    except (aiosmtplib.SMTPException, OSError) as error:  # a timeout is an OSError, too
        message = f"{server.host}:{server.port}: {type(error).__name__}: {_text(error)}"
        kind = DeliveryRefused if _is_permanent(error) else ConnectionError
        raise kind(message) from error


async def _send(server: SmtpServer, mail: Mail, timeout: float) -> Mapping[str, Refusal]:
    deadline = time.monotonic() + DEADLINE_FACTOR * timeout
    connection = _connected(server, timeout, deadline)
    client = _Client(
        hostname=server.host,
        timeout=timeout,
        sock=connection,
        use_tls=server.implicit_tls,
        start_tls=False if server.implicit_tls else _START_TLS[server.tls],
        tls_context=_tls_context(server),
    )
    try:
        async with asyncio.timeout(deadline - time.monotonic()):
            await client.connect()
            await _log_in(client, server)
            try:
                refused, _ = await client.sendmail(
                    mail.sender, mail.recipients, mail.content, mail_options=_options(mail)
                )
            except aiosmtplib.SMTPNotSupported as error:
                raise _NoSuchAddresses(str(error)) from error
            with suppress(aiosmtplib.SMTPException):
                await client.execute_command(b"QUIT")
    finally:
        await _abort(client, connection)
    return {address: Refusal(*answer) for address, answer in refused.items()}


async def _abort(client: aiosmtplib.SMTP, connection: socket.socket) -> None:
    transport = client.transport
    client.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()  # without waiting for the closing handshake
    for _ in range(CLOSE_ITERATIONS):
        if connection.fileno() < 0:
            return
        await asyncio.sleep(0)


async def _log_in(client: aiosmtplib.SMTP, server: SmtpServer) -> None:
    if server.user is None:
        return
    is_encrypted = client.get_transport_info("sslcontext") is not None
    if not is_encrypted and not server.allows_plain_password:
        # An attacker in the middle may have removed the offer.
        raise aiosmtplib.SMTPException(
            "it offers no STARTTLS, and the password is not sent unencrypted (see ?tls=off)"
        )
    await client.login(server.user, server.password or "")


def _tls_context(server: SmtpServer) -> ssl.SSLContext:
    return _context(server.verifies_certificate, *map(os.environ.get, _CA_VARIABLES))


@lru_cache(maxsize=4)
def _context(verify: bool, *_authorities: str | None) -> ssl.SSLContext:
    """Make a TLS context; cached, since reading the system's certificates takes long."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _options(mail: Mail) -> list[str]:
    """The options of MAIL FROM: a non-ASCII local part needs SMTPUTF8."""
    return [] if "".join([mail.sender, *mail.recipients]).isascii() else ["SMTPUTF8"]


def _connected(server: SmtpServer, timeout: float, deadline: float) -> socket.socket:
    """Connect to one of the server's IP addresses before the deadline.

    The addresses are tried in turn, each with the timeout: the first may not respond.
    """
    error: OSError = TimeoutError(f"{server.host} took too long")
    for *_, address in socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM):
        if (remaining := deadline - time.monotonic()) > 0:
            limit = min(timeout, remaining)
            try:
                return socket.create_connection((str(address[0]), server.port), limit)
            except OSError as failure:
                error = failure
    raise error


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(Refusal(one.code, one.message).is_permanent for one in error.recipients)
    if isinstance(error, _MESSAGE_ERRORS):
        return Refusal(error.code, error.message).is_permanent
    return isinstance(error, _NoSuchAddresses)


def _text(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return "; ".join(f"{one.recipient}: {one.code} {one.message}" for one in error.recipients)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or "it took too long"
