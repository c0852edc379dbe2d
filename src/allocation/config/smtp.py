"""The mail server: where it is, and how the way to it is secured."""

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
    """How TLS is used, as `?tls=` of the URL says."""

    OFFERED = "offered"
    """Whenever it is offered, with a certificate that is checked; no password without it."""
    REQUIRED = "required"
    """Never without it."""
    UNVERIFIED = "unverified"
    """As `OFFERED`, with whatever certificate."""
    OFF = "off"
    """Never; a password goes in the clear."""


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
        """The server that a URL names.

        Raises:
            ConfigError: it is no such URL.
        """
        try:
            return _parsed(text)
        except ValueError as error:
            raise ConfigError(variable, _masked(text), str(error)) from None

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine: nobody stands between."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def certificate_is_checked(self) -> bool:
        """Whether it must prove that it is the server which was named."""
        return self.tls is not Tls.UNVERIFIED and (self.implicit_tls or not self.is_loopback)

    @property
    def password_in_the_clear(self) -> bool:
        """Whether the password may be sent without TLS."""
        return self.tls is Tls.OFF or self.is_loopback


def _parsed(text: str) -> SmtpServer:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        # Why is not told: the reason may quote what is a part of the password.
        raise ValueError(
            "is not a URL; a password has its special characters as %2F, %3A and so on"
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
        raise ValueError("has a user or password whose %XX are not UTF-8") from None
    if "\0" in plain:
        raise ValueError("has a user or password with %00 in it, which no mail server takes")
    return plain


def _masked(url: str) -> str:
    """The URL as it can be shown: without what may be a password."""
    return re.sub(r"^(\w+://)?.*@", r"\1***@", url, flags=re.DOTALL)
