"""SMTP: one mail to one server, over TLS where there is any to be had (ADR 23)."""

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
"""A whole mail may take this many times as long as one step of it: a server that says a
word now and then would else hold the relay, and a process that wants to end, for ever."""

HANG_UP: Final = 10
"""Rounds of the event loop, which ends then, in which a connection that is given up is closed."""

_START_TLS: Final = {Tls.OFFERED: None, Tls.UNVERIFIED: None, Tls.REQUIRED: True, Tls.OFF: False}
"""What the client is told: None is for whenever it is offered."""

_OF_THE_LOGIN: Final = {530, 534, 535, 538}
"""Answers that ask for a login, another one, or TLS (RFC 4954): whatever the mail is."""

_OF_THE_MAIL: Final = aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError
"""Answers to a mail; others are to whoever brings it, and are mended where that is set up."""


_AUTHORITIES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables that say where the certificates are by which others are checked."""


class Mail(NamedTuple):
    """What goes into the envelope, and the message as it goes over the wire."""

    sender: str
    recipients: Sequence[str]
    content: bytes


class _Client(aiosmtplib.SMTP):
    """A connection for one mail, and no other."""

    async def rset(self, *_: object, **__: object) -> aiosmtplib.SMTPResponse:
        """Do nothing: after a refusal it would ask, and fail in its place when nobody answers."""
        return aiosmtplib.SMTPResponse(250, "there is no other mail")


class _NoSuchAddresses(aiosmtplib.SMTPException):
    """The server does not know SMTPUTF8, which the addresses need."""


class Refusal(NamedTuple):
    """The answer of a server that does not take something."""

    code: int
    text: str

    @property
    def is_for_good(self) -> bool:
        """Whether it asks not to be asked again with this mail."""
        return 500 <= self.code <= 599 and self.code not in _OF_THE_LOGIN

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


def send(server: SmtpServer, mail: Mail, timeout: float) -> Mapping[str, Refusal]:
    """Hand a mail over; by address, the recipients that the server has refused, if not all.

    Raises:
        DeliveryRefused: the server does not take this mail, and will not later.
        ConnectionError: the server cannot be reached, takes too long, does not take the mail
            now, or would be sent a password in the clear.
    """
    try:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(_send(server, mail, timeout))
    except (aiosmtplib.SMTPException, OSError) as error:  # a timeout is an OSError, too
        told = f"{server.host}:{server.port}: {type(error).__name__}: {_text(error)}"
        kind = DeliveryRefused if _is_for_good(error) else ConnectionError
        raise kind(told) from error


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
        await _hang_up(client, connection)
    return {address: Refusal(*answer) for address, answer in refused.items()}


async def _hang_up(client: aiosmtplib.SMTP, connection: socket.socket) -> None:
    transport = client.transport
    client.close()
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()  # no word of farewell is waited for
    for _ in range(HANG_UP):
        if connection.fileno() < 0:
            return
        await asyncio.sleep(0)


async def _log_in(client: aiosmtplib.SMTP, server: SmtpServer) -> None:
    if server.user is None:
        return
    is_encrypted = client.get_transport_info("sslcontext") is not None
    if not is_encrypted and not server.password_in_the_clear:
        # Somebody in between may have left the offer out.
        raise aiosmtplib.SMTPException(
            "it offers no STARTTLS, and the password is not sent in the clear (see ?tls=off)"
        )
    await client.login(server.user, server.password or "")


def _tls_context(server: SmtpServer) -> ssl.SSLContext:
    return _context(server.certificate_is_checked, *map(os.environ.get, _AUTHORITIES))


@lru_cache(maxsize=4)
def _context(is_checked: bool, *_authorities: str | None) -> ssl.SSLContext:
    """Made once: to read the system's certificates takes several times as long as a mail."""
    context = ssl.create_default_context()
    if not is_checked:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _options(mail: Mail) -> list[str]:
    """A name in another script before the @ needs a server that knows SMTPUTF8."""
    return [] if "".join([mail.sender, *mail.recipients]).isascii() else ["SMTPUTF8"]


def _connected(server: SmtpServer, timeout: float, deadline: float) -> socket.socket:
    """To one of the addresses of the server, as long as there is time.

    One after the other, each with a time of its own: the first of several may be silent.
    """
    error: OSError = TimeoutError(f"{server.host} took too long")
    for *_, address in socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM):
        if (left := deadline - time.monotonic()) > 0:
            try:
                return socket.create_connection((str(address[0]), server.port), min(timeout, left))
            except OSError as failed:
                error = failed
    raise error


def _is_for_good(error: Exception) -> bool:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(Refusal(one.code, one.message).is_for_good for one in error.recipients)
    if isinstance(error, _OF_THE_MAIL):
        return Refusal(error.code, error.message).is_for_good
    return isinstance(error, _NoSuchAddresses)


def _text(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return "; ".join(f"{one.recipient}: {one.code} {one.message}" for one in error.recipients)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or "it took too long"
