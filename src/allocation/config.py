"""Settings, read once from the environment when a command starts."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

DATABASE_VARIABLE: Final = "ALLOCATION_DATABASE_URL"
DEFAULT_DATABASE: Final = "sqlite:///allocation.db"
DEFAULT_STOCK_ADDRESS: Final = "stock@made.com"
DEFAULT_SENDER: Final = "allocation@localhost"
SMTP_PORT: Final = 25
KEEP_VARIABLE: Final = "ALLOCATION_KEEP_DAYS"
LONGEST_KEPT: Final = 36_500
_ADDRESS: Final = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
"""One: of several, a mail server may take some and refuse the others."""


class ConfigError(ValueError):
    """A setting that cannot be; names the variable and the value."""

    def __init__(self, variable: str, value: str, reason: str) -> None:
        super().__init__(f"{variable}={value!r} {reason}")


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


@dataclass(frozen=True)
class Settings:
    """All settings."""

    database_url: str = DEFAULT_DATABASE
    keep_days: int | None = None
    """Days for which what is finished stays in the log; None is for ever."""
    email: EmailSettings = field(default_factory=EmailSettings)

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """From the environment.

        Raises:
            ConfigError: a variable has a value that cannot be.
        """
        env = os.environ if environment is None else environment
        smtp = env.get("ALLOCATION_SMTP_URL", "").strip()
        email = EmailSettings(
            SmtpServer.parse("ALLOCATION_SMTP_URL", smtp) if smtp else None,
            _address(env, "ALLOCATION_STOCK_EMAIL", DEFAULT_STOCK_ADDRESS),
            _address(env, "ALLOCATION_SENDER_EMAIL", DEFAULT_SENDER),
        )
        keep = _days(env, KEEP_VARIABLE)
        return cls(env.get(DATABASE_VARIABLE) or DEFAULT_DATABASE, keep, email)


def _days(env: Mapping[str, str], variable: str) -> int | None:
    value = env.get(variable, "").strip()
    if not value:
        return None
    if not re.fullmatch("[0-9]{1,5}", value) or not 1 <= int(value) <= LONGEST_KEPT:
        raise ConfigError(variable, value, f"is not a number of days from 1 to {LONGEST_KEPT}")
    return int(value)


def _masked(url: str) -> str:
    """The URL as it can be shown: without what may be a password."""
    return re.sub(r"^(\w+://)?.*@", r"\1***@", url, flags=re.DOTALL)


def _address(env: Mapping[str, str], variable: str, default: str) -> str:
    value = env.get(variable, "").strip() or default
    if not value.isprintable() or not _ADDRESS.fullmatch(value):
        raise ConfigError(variable, value, "is not an e-mail address")
    return value
