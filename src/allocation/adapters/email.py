"""E-mail: over SMTP where a server is configured, else to the log.

`send` is called through this module, as the chapter does. It is called by the relay,
after the commit: it may fail, and is then called again, with the same message id.
"""

import logging
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.header import Header
from email.message import Message
from email.mime.text import MIMEText
from email.utils import format_datetime
from threading import Timer
from typing import Final

from allocation.config import EmailSettings, SmtpServer
from allocation.messaging.log import in_hand

logger = logging.getLogger(__name__)

PATIENCE: Final = 3
"""A whole mail may take this many times as long as one step of it: a server that says a
word now and then would else hold the relay, and a process that wants to end, for ever."""

_settings = EmailSettings()


def configure(settings: EmailSettings) -> None:
    """Say where mail goes from now on, in this process."""
    global _settings  # noqa: PLW0603 - `send` is a function of this module, as the chapter has it
    _settings = settings


def stock_address() -> str:
    """The address of those who buy stock."""
    return _settings.stock_address


def send(to: str, text: str) -> None:
    """Send a mail whose subject and body are `text`.

    Raises:
        ConnectionError: the mail server cannot be reached, takes too long, or does not take
            it; or there is none, but there was one, which may take it when it is named again.
    """
    server = _settings.server
    if server is None:
        _write_to_log(to, text)
        return
    try:
        with _connection(server, _settings.timeout) as smtp:
            if server.user is not None:
                smtp.login(server.user, server.password or "")
            smtp.send_message(_mail(to, text))
    except OSError as error:  # those of SMTP are such, too
        told = f"{server.host}:{server.port}: {type(error).__name__}: {error}"
        raise ConnectionError(told) from error


def _write_to_log(to: str, text: str) -> None:
    entry = in_hand.get()
    if entry is not None and entry.error is not None:  # also of a dead letter that is replayed
        raise ConnectionError("a mail server was tried before, and no setting names one now")
    logger.info("e-mail to %s: %s", to, text)


def _mail(to: str, text: str) -> Message:
    mail = MIMEText(f"{text}\n", "plain", "utf-8")
    mail["From"] = _settings.sender
    mail["To"] = to
    # Always encoded: a sku may look like an encoded word, and hide a line break in it.
    mail["Subject"] = Header(text, "utf-8", header_name="Subject").encode()
    entry = in_hand.get()
    if entry is not None:
        # The same at every attempt, so that a receiver can drop a repeat.
        mail["Message-ID"] = f"<{entry.envelope.id}@allocation>"
        mail["Date"] = format_datetime(entry.envelope.at)
    return mail


@contextmanager
def _connection(server: SmtpServer, timeout: float) -> Iterator[smtplib.SMTP]:
    until = time.monotonic() + PATIENCE * timeout
    smtp = smtplib.SMTP(timeout=timeout)
    smtp.sock = _connected(server, timeout, until)
    deadline = Timer(max(0, until - time.monotonic()), _hang_up, [smtp])
    deadline.daemon = True
    deadline.start()
    try:
        if server.tls:
            context = ssl.create_default_context()
            smtp.sock = context.wrap_socket(smtp.sock, server_hostname=server.host)
        code, told = smtp.getreply()
        if code != 220:
            raise smtplib.SMTPConnectError(code, told)
        yield smtp
        with suppress(smtplib.SMTPException):
            smtp.quit()
    finally:
        deadline.cancel()
        smtp.close()


def _connected(server: SmtpServer, timeout: float, until: float) -> socket.socket:
    """To one of the addresses of the server, as long as there is time."""
    error: OSError = TimeoutError(f"{server.host} took too long")
    for *_, address in socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM):
        if (left := until - time.monotonic()) > 0:
            try:
                connected = socket.create_connection(
                    (str(address[0]), server.port), min(timeout, left)
                )
            except OSError as failed:
                error = failed
            else:
                connected.settimeout(timeout)
                return connected
    raise error


def _hang_up(smtp: smtplib.SMTP) -> None:
    with suppress(OSError):
        if smtp.sock is not None:
            # Not by TLS's own: what is sent after it would go out in the clear.
            socket.socket.shutdown(smtp.sock, socket.SHUT_RDWR)
