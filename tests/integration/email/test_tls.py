"""TLS on the way to the mail server, and mails that are not sent without it."""

import os
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from unittest import mock

import pytest
import trustme

from allocation.adapters import email
from allocation.config import EmailSettings, SmtpServer
from allocation.config.addresses import parse
from allocation.domain.news import Notification
from tests.support.mail import MailServer

ELSEWHERE: Final = "127.1"
"""This machine, by a name that the system knows, and that does not tell so to the settings."""

OPTIONS: Final = ("", "required", "offered")

PASSWORD: Final = "pa/ïn"
PASSWORD_IN_URL: Final = "pa%2F%C3%AFn"
REFUSED_OFFER: Final = "offers no STARTTLS, and the password is not sent unencrypted"


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[trustme.CA]:
    """Who has signed the certificates; everybody here believes it."""
    authority = trustme.CA()
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    with mock.patch.dict(os.environ, SSL_CERT_FILE=str(path)):
        yield authority


def tls_of(authority: trustme.CA, name: str) -> ssl.SSLContext:
    """What a server needs that has a certificate of this name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def send(
    port: int, *, host: str = ELSEWHERE, scheme: str = "smtp", login: str = "", tls: str = ""
) -> None:
    url = f"{scheme}://{login}{host}:{port}{tls and '?tls='}{tls}"
    buyers = parse("buyers@shop.example")
    settings = EmailSettings(SmtpServer.parse("URL", url), buyers, timeout=10)
    email.Mailer(settings).send("buyers", Notification("Out of stock for LAMP", "LAMP"))


LOGIN: Final = {"login": f"bob:{PASSWORD_IN_URL}@"}
HERE: Final = {"host": "127.0.0.1"}
FIRST_BYTE: Final = {"scheme": "smtps"}

MakeServer = Callable[[trustme.CA], MailServer]


def starttls(name: str = ELSEWHERE, password: str | None = PASSWORD) -> MakeServer:
    """A server that offers STARTTLS."""
    return lambda authority: MailServer(password, tls_context=tls_of(authority, name))


def unknown_authority(password: str | None = PASSWORD) -> MakeServer:
    """A server with a certificate that it has made itself, for another name."""
    tls = tls_of(trustme.CA(), "other.example")
    return lambda authority: MailServer(password, tls_context=tls)


def in_the_clear(password: str | None = PASSWORD) -> MakeServer:
    """A server without STARTTLS, or behind a machine that removes the offer."""
    return lambda authority: MailServer(password, auth_require_tls=False)


def smtps(name: str = ELSEWHERE) -> MakeServer:
    """A server with TLS from the first byte."""
    return lambda authority: MailServer(
        PASSWORD, auth_require_tls=False, ssl_context=tls_of(authority, name)
    )


@pytest.mark.parametrize(
    ("server", "sending", "encrypted"),
    [
        pytest.param(starttls(), LOGIN, True, id="offered TLS is used"),
        pytest.param(starttls(password=None), {}, True, id="also without a password"),
        pytest.param(starttls(password=None), HERE, True, id="also on this machine"),
        pytest.param(starttls(password=None), {"tls": "off"}, False, id="not if turned off"),
        pytest.param(unknown_authority(), {**LOGIN, "tls": "unverified"}, True, id="unverified"),
        pytest.param(unknown_authority(None), HERE, True, id="no check on this machine"),
        pytest.param(in_the_clear(), {**LOGIN, "tls": "off"}, False, id="a password if said so"),
        pytest.param(in_the_clear(), {**LOGIN, **HERE}, False, id="a password on this machine"),
        pytest.param(in_the_clear(None), {}, False, id="mail without a password"),
        pytest.param(smtps(), {**LOGIN, **FIRST_BYTE}, None, id="smtps"),
        pytest.param(
            smtps("other.example"),
            {**LOGIN, **FIRST_BYTE, "tls": "unverified"},
            None,
            id="smtps, unverified",
        ),
    ],
)
def test_a_mail_is_sent_with_or_without_tls(
    authority: trustme.CA, server: MakeServer, sending: dict[str, str], encrypted: bool | None
) -> None:
    mail_server = server(authority)
    with mail_server.up() as inbox:
        send(mail_server.port, **sending)
    assert len(inbox.mails) == 1
    assert inbox.logins == ([("bob", PASSWORD)] if "login" in sending else [])
    assert encrypted is None or inbox.encrypted == [encrypted]


@pytest.mark.parametrize(
    ("server", "sending", "error"),
    [
        *((starttls("other.example"), {"tls": tls}, "certificate") for tls in OPTIONS),
        (unknown_authority(), {}, "certificate"),
        *((in_the_clear(), {"tls": tls}, REFUSED_OFFER) for tls in ("", "offered", "unverified")),
        (in_the_clear(), {"tls": "required"}, "STARTTLS"),
        *((smtps("other.example"), {**FIRST_BYTE, **host}, "certificate") for host in ({}, HERE)),
    ],
)
def test_neither_mail_nor_password_goes_to_a_server_that_cannot_be_trusted(
    authority: trustme.CA, server: MakeServer, sending: dict[str, str], error: str
) -> None:
    mail_server = server(authority)
    with mail_server.up() as inbox, pytest.raises(ConnectionError, match=error):
        send(mail_server.port, **{**LOGIN, **sending})
    assert (inbox.mails, inbox.logins) == ([], [])
