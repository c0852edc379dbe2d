"""Settings of e-mail."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from allocation.config.reading import ConfigError, Environment, address

SMTP_VARIABLE: Final = "ALLOCATION_SMTP_URL"
DEFAULT_STOCK_ADDRESS: Final = "stock@made.com"
DEFAULT_SENDER: Final = "allocation@localhost"
SMTP_PORT: Final = 25


@dataclass(frozen=True)
class SmtpServer:
    """A mail server: `smtp://[USER:PASSWORD@]HOST[:PORT]`, `smtps://` for TLS at once."""

    host: str
    port: int = SMTP_PORT
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False

    @classmethod
    def parse(cls, variable: str, text: str) -> "SmtpServer":
        """The server that a URL names.

        Raises:
            ConfigError: it is no such URL.
        """
        try:
            url = urlsplit(text)
            port = url.port
        except ValueError:
            # Why is not told: the reason may quote what is a part of the password.
            told = "is not a URL; a password has its special characters as %2F, %3A and so on"
            raise ConfigError(variable, _masked(text), told) from None
        more = url.path.strip("/") or url.query or url.fragment or re.search(r"\s", text)
        if url.scheme not in ("smtp", "smtps") or not url.hostname or more:
            told = "is not smtp://[USER:PASSWORD@]HOST[:PORT]"
            raise ConfigError(variable, _masked(text), told)
        tls = url.scheme == "smtps"
        return cls(
            url.hostname,
            port or (465 if tls else SMTP_PORT),
            unquote(url.username) if url.username else None,
            unquote(url.password) if url.password else None,
            tls,
        )


@dataclass(frozen=True)
class EmailSettings:
    """Where mail goes; without a server it goes to the log."""

    server: SmtpServer | None = None
    stock_address: str = DEFAULT_STOCK_ADDRESS
    sender: str = DEFAULT_SENDER
    timeout: float = 10
    """Seconds for which the mail server may leave us waiting at any step."""

    @classmethod
    def read(cls, env: Environment) -> "EmailSettings":
        """From the environment.

        Raises:
            ConfigError: a variable has a value that cannot be.
        """
        url = env.get(SMTP_VARIABLE, "").strip()
        return cls(
            SmtpServer.parse(SMTP_VARIABLE, url) if url else None,
            address(env, "ALLOCATION_STOCK_EMAIL", DEFAULT_STOCK_ADDRESS),
            address(env, "ALLOCATION_SENDER_EMAIL", DEFAULT_SENDER),
        )


def _masked(url: str) -> str:
    """The URL as it can be shown: without what may be a password."""
    return re.sub(r"^(\w+://)?.*@", r"\1***@", url, flags=re.DOTALL)
