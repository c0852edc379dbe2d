"""Which answers of a mail server are about the mail, and which about whoever brings it."""

import socket
from collections.abc import Mapping
from contextlib import AbstractContextManager
from threading import Event

import pytest

from allocation.adapters.smtp import Mail, send
from allocation.config import SmtpServer, Tls
from allocation.messaging.errors import DeliveryRefused
from tests.support.mail import a_server

MAIL = Mail("robot@shop.example", ["buyers@shop.example"], b"Subject: lamps\r\n\r\nnone\r\n")
TAKES_ALL = {
    "": "220 here",
    "EHLO": "250 here",
    "HELO": "250 here",
    "MAIL": "250 go on",
    "RCPT": "250 go on",
    "DATA": "354 go on",
    ".": "250 taken",
    "QUIT": "221 bye",
}


def server(answers: Mapping[str, str]) -> AbstractContextManager[int]:
    """Its port; it answers each command so, and greets with the answer to nothing."""
    answers = {**TAKES_ALL, **answers}

    def serve(caller: socket.socket, ended: Event) -> None:
        with caller.makefile("rwb", buffering=0) as lines:
            lines.write(f"{answers['']}\r\n".encode())
            is_data = False
            for line in iter(lines.readline, b""):
                command = line.decode().strip().partition(" ")[0].upper()
                if is_data and command != ".":
                    continue
                if command not in answers:
                    ended.wait(10)
                    return
                lines.write(f"{answers[command]}\r\n".encode())
                is_data = answers[command].startswith("354")

    return a_server(serve)


def deliver(answers: Mapping[str, str], tls: Tls = Tls.OFFERED, timeout: float = 5) -> None:
    """Send a mail to such a server."""
    with server(answers) as port:
        send(SmtpServer("127.0.0.1", port, tls=tls), MAIL, timeout)


def test_a_mail_is_taken() -> None:
    deliver({})


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "."])
def test_a_refusal_of_the_mail_is_permanent(command: str) -> None:
    with pytest.raises(DeliveryRefused, match="550 not this one"):
        deliver({command: "550 not this one"})


@pytest.mark.parametrize(
    "answers",
    [
        {"": "554 not from this address"},
        {"EHLO": "550 who are you", "HELO": "550 who are you"},
        {"MAIL": "530 5.7.0 log in first"},
        {"RCPT": "530 5.7.0 log in first"},
    ],
    ids=str,
)
def test_a_refusal_of_the_client_is_not_permanent(answers: dict[str, str]) -> None:
    with pytest.raises(ConnectionError, match=r" 5[35][04] "):
        deliver(answers)


def test_a_server_without_required_tls_is_no_permanent_refusal() -> None:
    with pytest.raises(ConnectionError, match="STARTTLS"):
        deliver({}, Tls.REQUIRED)


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "."])
def test_a_server_that_is_silent_after_a_refusal_has_refused(command: str) -> None:
    """It does not answer RSET."""
    with pytest.raises(DeliveryRefused, match="550 not this one"):
        deliver({command: "550 not this one"}, timeout=0.5)
