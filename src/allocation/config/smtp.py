"""Settings of the mail server: address, login and TLS."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from allocation.config.addresses import ascii_domain
from allocation.config.reading import ConfigError

SMTP_PORT: Final = 25
SMTPS_PORT: Final = 465


class Tls(StrEnum):
    """How TLS is used: the values of `?tls=` in the URL."""

    OFFERED = "offered"
    """Use TLS if offered, and verify the certificate; send no password without TLS."""
    REQUIRED = "required"
    """Always use TLS."""
    UNVERIFIED = "unverified"
    """Like `OFFERED`, without verifying the certificate."""
    OFF = "off"
    """Never use TLS; a password is sent unencrypted."""


@dataclass(frozen=True)
class SmtpServer:
    """`smtp://[USER:PASSWORD@]HOST[:PORT][?tls=…]`, or `smtps://` for TLS from the first byte."""

    host: str
    port: int = SMTP_PORT
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    implicit_tls: bool = False
    tls: Tls = Tls.OFFERED

    @classmethod
    def parse(cls, variable: str, text: str) -> "SmtpServer":
        """Parse the URL of a mail server.

        Raises:
            ConfigError: the URL is invalid.
        """
        try:
            return _parsed(text)
        except ValueError as error:
            raise ConfigError(variable, _masked(text), str(error)) from None

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine, so that nobody can intercept the connection."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def verifies_certificate(self) -> bool:
        """Whether the server's certificate is verified."""
        return self.tls is not Tls.UNVERIFIED and (self.implicit_tls or not self.is_loopback)

    @property
    def allows_plain_password(self) -> bool:
        """Whether the password may be sent without TLS."""
        return self.tls is Tls.OFF or self.is_loopback


def _parsed(text: str) -> SmtpServer:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        # Without the parser's reason, which may quote a part of the password.
        raise ValueError(
            "is not a URL; special characters in a password must be escaped as %2F, %3A and so on"
        ) from None
    more = url.path.strip("/") or url.fragment or re.search(r"\s", text)
    if url.scheme not in ("smtp", "smtps") or not url.hostname or more:
        raise ValueError("is not smtp://[USER:PASSWORD@]HOST[:PORT][?tls=MODE]")
    implicit_tls = url.scheme == "smtps"
    return SmtpServer(
        ascii_domain(url.hostname),
        port or (SMTPS_PORT if implicit_tls else SMTP_PORT),
        _unquoted(url.username),
        _unquoted(url.password),
        implicit_tls,
        _tls(url, implicit_tls),
    )


def _tls(url: SplitResult, implicit: bool) -> Tls:
    options = parse_qsl(url.query, keep_blank_values=True)
    if not options:
        return Tls.OFFERED
    modes = [Tls.UNVERIFIED] if implicit else list(Tls)
    if len(options) > 1 or options[0][0] != "tls" or options[0][1] not in modes:
        raise ValueError(f"may end with {' or '.join(f'?tls={mode}' for mode in modes)} only")
    return Tls(options[0][1])


def _unquoted(text: str | None) -> str | None:
    if not text:
        return None
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("has a user or password whose %XX escapes are not UTF-8") from None
    if "\0" in plain:
        raise ValueError("has a user or password with %00, which no mail server accepts")
    return plain


def _masked(url: str) -> str:
    """The URL without anything that may be a password."""
    return re.sub(r"^(\w+://)?.*@", r"\1***@", url, flags=re.DOTALL)
