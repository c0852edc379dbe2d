"""The way to the mail server: what goes over TLS, and what does not go at all."""

import os
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from unittest import mock

import pytest
import trustme

from allocation.adapters import email
from allocation.config import EmailSettings, SmtpServer
from tests.support.mail import MailServer

ELSEWHERE: Final = "127.1"
"""This machine, by a name that the system knows, and that does not tell so to the settings."""

PASSWORD: Final = "pa/ïn"
PASSWORD_IN_URL: Final = "pa%2F%C3%AFn"
REFUSED_OFFER: Final = "offers no STARTTLS, and the password is not sent in the clear"


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
    settings = EmailSettings(SmtpServer.parse("URL", url), timeout=10)
    with email.Mailer(settings).sending():
        email.send("buyers@shop.example", "Out of stock for LAMP")


LOGIN: Final = f"bob:{PASSWORD_IN_URL}@"


class TestOffered:
    """A server that offers STARTTLS."""

    @pytest.fixture
    def server(self, authority: trustme.CA) -> MailServer:
        return MailServer(PASSWORD, tls_context=tls_of(authority, ELSEWHERE))

    def test_is_used_and_the_password_goes_through_it(self, server: MailServer) -> None:
        with server.up() as inbox:
            send(server.port, login=LOGIN)
        assert inbox.encrypted == [True]
        assert inbox.logins == [("bob", PASSWORD)]

    def test_is_used_without_a_password_too(self, authority: trustme.CA) -> None:
        server = MailServer(tls_context=tls_of(authority, ELSEWHERE))
        with server.up() as inbox:
            send(server.port)
            send(server.port, host="127.0.0.1")
        assert inbox.encrypted == [True, True]

    def test_is_not_used_when_it_is_off(self, authority: trustme.CA) -> None:
        server = MailServer(tls_context=tls_of(authority, ELSEWHERE))
        with server.up() as inbox:
            send(server.port, tls="off")
        assert inbox.encrypted == [False]


class TestCertificate:
    """Who is not the server that was named is told nothing."""

    @pytest.mark.parametrize("tls", ["", "required", "offered"])
    def test_of_another_name_ends_it(self, authority: trustme.CA, tls: str) -> None:
        server = MailServer(PASSWORD, tls_context=tls_of(authority, "other.example"))
        with server.up() as inbox, pytest.raises(ConnectionError, match="certificate"):
            send(server.port, login=LOGIN, tls=tls)
        assert (inbox.mails, inbox.logins) == ([], [])

    def test_of_another_authority_ends_it(self, authority: trustme.CA) -> None:
        server = MailServer(PASSWORD, tls_context=tls_of(trustme.CA(), ELSEWHERE))
        with server.up() as inbox, pytest.raises(ConnectionError, match="certificate"):
            send(server.port, login=LOGIN)
        assert (inbox.mails, inbox.logins) == ([], [])

    def test_is_not_looked_at_when_the_url_says_so(self, authority: trustme.CA) -> None:
        server = MailServer(PASSWORD, tls_context=tls_of(trustme.CA(), "other.example"))
        with server.up() as inbox:
            send(server.port, login=LOGIN, tls="unverified")
        assert (inbox.encrypted, inbox.logins) == ([True], [("bob", PASSWORD)])

    def test_is_not_looked_at_on_this_machine(self, authority: trustme.CA) -> None:
        """A mail server that was just installed has made its own."""
        server = MailServer(tls_context=tls_of(trustme.CA(), "other.example"))
        with server.up() as inbox:
            send(server.port, host="127.0.0.1")
        assert inbox.encrypted == [True]


class TestNotOffered:
    """A server without STARTTLS, or with somebody before it who leaves the offer out."""

    @pytest.fixture
    def server(self) -> MailServer:
        return MailServer(PASSWORD, auth_require_tls=False)

    @pytest.mark.parametrize("tls", ["", "offered", "unverified"])
    def test_is_not_told_the_password(self, server: MailServer, tls: str) -> None:
        with server.up() as inbox, pytest.raises(ConnectionError, match=REFUSED_OFFER):
            send(server.port, login=LOGIN, tls=tls)
        assert (inbox.mails, inbox.logins) == ([], [])

    def test_is_told_it_when_the_url_says_so(self, server: MailServer) -> None:
        with server.up() as inbox:
            send(server.port, login=LOGIN, tls="off")
        assert (inbox.encrypted, inbox.logins) == ([False], [("bob", PASSWORD)])

    def test_is_told_it_on_this_machine(self, server: MailServer) -> None:
        with server.up() as inbox:
            send(server.port, host="127.0.0.1", login=LOGIN)
        assert (inbox.encrypted, inbox.logins) == ([False], [("bob", PASSWORD)])

    def test_takes_mail_without_a_password_in_the_clear(self) -> None:
        server = MailServer()
        with server.up() as inbox:
            send(server.port)
        assert inbox.encrypted == [False]

    def test_takes_none_when_tls_is_required(self) -> None:
        server = MailServer()
        with server.up() as inbox, pytest.raises(ConnectionError, match="STARTTLS"):
            send(server.port, tls="required")
        assert inbox.mails == []


class TestFromTheFirstByte:
    """`smtps://`."""

    def up(self, authority: trustme.CA, name: str) -> MailServer:
        return MailServer(PASSWORD, auth_require_tls=False, ssl_context=tls_of(authority, name))

    def test_everything_goes_over_tls(self, authority: trustme.CA) -> None:
        server = self.up(authority, ELSEWHERE)
        with server.up() as inbox:
            send(server.port, scheme="smtps", login=LOGIN)
        assert inbox.logins == [("bob", PASSWORD)]
        assert len(inbox.mails) == 1

    @pytest.mark.parametrize("host", [ELSEWHERE, "127.0.0.1"])
    def test_the_certificate_is_looked_at(self, authority: trustme.CA, host: str) -> None:
        server = self.up(authority, "other.example")
        with server.up() as inbox, pytest.raises(ConnectionError, match="certificate"):
            send(server.port, host=host, scheme="smtps", login=LOGIN)
        assert (inbox.mails, inbox.logins) == ([], [])

    def test_it_is_not_when_the_url_says_so(self, authority: trustme.CA) -> None:
        server = self.up(authority, "other.example")
        with server.up() as inbox:
            send(server.port, scheme="smtps", login=LOGIN, tls="unverified")
        assert len(inbox.mails) == 1
