"""A real SMTP server on this machine, which can be down."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.support.waiting import wait_until


class Inbox:
    """What has been delivered, in that order."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.senders: list[str] = []
        self.recipients: list[list[str]] = []
        self.encrypted: list[bool] = []
        self.logins: list[tuple[str, str]] = []
        """User and password of everybody who has tried."""
        self.refusing: str | None = None
        """The answer to whoever wants to deliver, while nothing is taken."""
        self.unknown: dict[str, str] = {}
        """The answers to recipients who are not taken."""

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take a recipient, as aiosmtpd asks."""
        if address in self.unknown:
            return self.unknown[address]
        envelope.rcpt_tos.append(address)
        return "250 taken"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail, as aiosmtpd asks."""
        if self.refusing is not None:
            return self.refusing
        self.senders.append(envelope.mail_from)
        self.recipients.append(list(envelope.rcpt_tos))
        self.encrypted.append(session.ssl is not None)
        self.raw.append(envelope.content)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"


class MailServer:
    """Its address stays the same, whether it is up or down.

    `options` are those of aiosmtpd: STARTTLS with a `tls_context`, TLS from the first byte with
    an `ssl_context`, and so on. With a `password` everybody can log in, and has to
    where that needs TLS.
    """

    def __init__(self, password: str | None = None, **options: Any) -> None:
        self.inbox = Inbox()
        self.port = _a_free_port()
        self._password = password
        self._options = options

    @property
    def url(self) -> str:
        """As `ALLOCATION_SMTP_URL`."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """What a server must know to send mail here."""
        return {
            "ALLOCATION_SMTP_URL": self.url,
            "ALLOCATION_STOCK_EMAIL": "buyers@shop.example",
        }

    @contextmanager
    def up(self) -> Iterator[Inbox]:
        """It takes mail as long as this is open."""
        required = self._options.get("auth_require_tls", True)  # aiosmtpd warns of it else
        login = {"authenticator": self._authenticate, "auth_required": required}
        options = self._options if self._password is None else self._options | login
        controller = _Controller(self.inbox, hostname="127.0.0.1", port=self.port, **options)
        controller.start()
        try:
            yield self.inbox
        finally:
            with suppress(AssertionError):
                wait_until(controller.is_idle, "everybody has hung up", patience=5)
            controller.stop()

    def _authenticate(self, *asked: Any) -> AuthResult:
        login = asked[-1]
        self.inbox.logins.append((login.login.decode(), login.password.decode()))
        return AuthResult(success=login.password.decode() == self._password, handled=False)


class _Controller(Controller):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._connections: list[SMTP] = []

    def factory(self) -> SMTP:
        """For every connection, as aiosmtpd asks."""
        connection: SMTP = super().factory()  # type: ignore[no-untyped-call]
        self._connections.append(connection)
        return connection

    def is_idle(self) -> bool:
        """Whether nobody is connected: who is when it stops would be cut off, unclosed."""
        return all(connection.transport is None for connection in self._connections)

    def _trigger_server(self) -> None:
        """It knocks at its own door; at that of TLS it would knock with a server's context."""
        context, self.ssl_context = self.ssl_context, None
        try:
            if context is None:
                super()._trigger_server()  # type: ignore[no-untyped-call]
            else:
                with socket.create_connection((self.hostname, self.port), 10) as knock:
                    knock.settimeout(10)
                    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                    client.check_hostname = False
                    client.verify_mode = ssl.CERT_NONE
                    with client.wrap_socket(knock) as encrypted:
                        encrypted.recv(1024)
        finally:
            self.ssl_context = context


@contextmanager
def a_server(talk: Callable[[socket.socket, Event], object]) -> Iterator[int]:
    """Its port; it talks to one caller in this way, until the event is set."""
    ended = Event()

    def serve(listening: socket.socket) -> None:
        with suppress(OSError):
            caller, _ = listening.accept()
            with caller:
                talk(caller, ended)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, args=[listening], daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            ended.set()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)


def _a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
