"""E-mail: over SMTP where a server is configured, else to the log.

`send` is called through this module, as the chapter does. It is called by the relay,
after the commit: it may fail, and is then called again, with the same message id.
"""

import logging
import smtplib
import ssl
from email.message import EmailMessage

from allocation.config import EmailSettings, SmtpServer
from allocation.messaging.envelope import in_hand

logger = logging.getLogger(__name__)

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
        OSError: the mail server cannot be reached.
        smtplib.SMTPException: the mail server does not take it.
    """
    server = _settings.server
    if server is None:
        logger.info("e-mail to %s: %s", to, text)
        return
    with _connection(server) as smtp:
        if server.user is not None:
            smtp.login(server.user, server.password or "")
        smtp.send_message(_mail(to, text))


def _mail(to: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = _settings.sender
    mail["To"] = to
    mail["Subject"] = text
    envelope = in_hand.get()
    if envelope is not None:
        # The same at every attempt, so that a receiver can drop a repeat.
        mail["Message-ID"] = f"<{envelope.id}@allocation>"
        mail["Date"] = envelope.at
    mail.set_content(f"{text}\n")
    return mail


def _connection(server: SmtpServer) -> smtplib.SMTP:
    timeout = _settings.timeout
    if server.tls:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=timeout)
