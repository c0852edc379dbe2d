"""Settings, read from the environment when a command starts."""

import os
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

from allocation.config.email import EmailSettings
from allocation.config.hosts import HostSettings
from allocation.config.limits import LimitSettings
from allocation.config.logs import LineFormat, LogLevel, LogSettings
from allocation.config.reading import ConfigError, Environment, flag, number
from allocation.config.sessions import SessionSettings, read_trusted_proxies
from allocation.config.smtp import SmtpServer, Tls
from allocation.config.timezone import read_timezone

__all__ = [
    "DATABASE_VARIABLE",
    "DEFAULT_DATABASE",
    "KEEP_VARIABLE",
    "MAX_KEEP_DAYS",
    "ConfigError",
    "EmailSettings",
    "HostSettings",
    "LimitSettings",
    "LineFormat",
    "LogLevel",
    "LogSettings",
    "SessionSettings",
    "Settings",
    "SmtpServer",
    "Tls",
]

DATABASE_VARIABLE: Final = "ALLOCATION_DATABASE_URL"
DEFAULT_DATABASE: Final = "sqlite:///allocation.db"
KEEP_VARIABLE: Final = "ALLOCATION_KEEP_DAYS"
SPLIT_VARIABLE: Final = "ALLOCATION_SPLIT_LINES"
DEPTH_VARIABLE: Final = "ALLOCATION_MAX_DEPTH"
MAX_KEEP_DAYS: Final = 36_500


@dataclass(frozen=True)
class Settings:
    """All settings."""

    database_url: str = DEFAULT_DATABASE
    keep_days: int | None = None
    """Days for which finished messages stay in the log; None means for ever."""
    max_depth: int = 100
    """The longest chain of follow-ups; a message with more causes becomes a dead letter."""
    email: EmailSettings = field(default_factory=EmailSettings)
    hosts: HostSettings = field(default_factory=HostSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    timezone: tzinfo = UTC
    """The timezone whose date is `uow.today` for the handlers."""
    split_lines: bool = False
    """Whether an order line that does not say so may be allocated to several batches."""
    sessions: SessionSettings = field(default_factory=SessionSettings)
    trusted_proxies: tuple[str, ...] = ()
    """The addresses and networks of proxies whose `X-Forwarded-*` headers count."""

    @classmethod
    def read(cls, environment: Environment | None = None) -> "Settings":
        """Read the settings from the environment.

        Raises:
            ConfigError: a variable has an invalid value.
        """
        env = os.environ if environment is None else environment
        return cls(
            env.get(DATABASE_VARIABLE) or DEFAULT_DATABASE,
            number(env, KEEP_VARIABLE, least=1, most=MAX_KEEP_DAYS, noun="number of days"),
            number(env, DEPTH_VARIABLE, least=10, most=10_000) or cls.max_depth,
            EmailSettings.read(env),
            HostSettings.read(env),
            LimitSettings.read(env),
            read_timezone(env),
            flag(env, SPLIT_VARIABLE),
            SessionSettings.read(env),
            read_trusted_proxies(env),
        )
