"""A real SMTP server on this machine, which can be down."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller


class Inbox:
    """What has been delivered, in that order."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.refusing: str | None = None
        """The answer to whoever wants to deliver, while nothing is taken."""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail, as aiosmtpd asks."""
        if self.refusing is not None:
            return self.refusing
        self.recipients.append(list(envelope.rcpt_tos))
        self.raw.append(envelope.content)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"


class MailServer:
    """Its address stays the same, whether it is up or down."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.port = _a_free_port()

    @property
    def url(self) -> str:
        """As `ALLOCATION_SMTP_URL`."""
        return f"smtp://127.0.0.1:{self.port}"

    @contextmanager
    def up(self) -> Iterator[Inbox]:
        """It takes mail as long as this is open."""
        controller = Controller(self.inbox, hostname="127.0.0.1", port=self.port)
        controller.start()
        try:
            yield self.inbox
        finally:
            controller.stop()


@contextmanager
def server_that_never_comes_to_the_point() -> Iterator[int]:
    """Its port; it greets with one line after another, and never with the last one."""
    ended = Event()

    def greet(listening: socket.socket) -> None:
        with suppress(OSError):
            caller, _ = listening.accept()
            with caller:
                while not ended.wait(0.05):
                    caller.sendall(b"220-and another thing\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=greet, args=[listening], daemon=True)
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
