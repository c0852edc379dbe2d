"""Settings of browser sessions, and of the proxies in front of a server."""

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

from allocation.config.reading import ConfigError, Environment, number

PROXIES_VARIABLE: Final = "ALLOCATION_TRUSTED_PROXIES"


@dataclass(frozen=True)
class SessionSettings:
    """How long a browser session lasts."""

    idle_minutes: int = 60
    """Minutes after the last request at which a session ends."""
    hours: int = 12
    """Hours after the login at which a session ends in any case."""

    @classmethod
    def read(cls, env: Environment) -> "SessionSettings":
        """Read the settings from the environment.

        Raises:
            ConfigError: a variable has an invalid value.
        """
        idle = number(env, "ALLOCATION_SESSION_IDLE_MINUTES", least=5, most=43_200)
        hours = number(env, "ALLOCATION_SESSION_HOURS", least=1, most=720)
        return cls(idle or cls.idle_minutes, hours or cls.hours)


def read_trusted_proxies(env: Environment) -> tuple[str, ...]:
    """Read the addresses or networks whose `X-Forwarded-*` headers count; none by default.

    Raises:
        ConfigError: one of them is neither.
    """
    value = env.get(PROXIES_VARIABLE, "")
    proxies = tuple(each for each in re.split(r"[\s,]+", value) if each)
    for proxy in proxies:
        try:
            ip_network(proxy)
        except ValueError:
            reason = f"has {proxy!r}, which is not an address or a network such as 10.0.0.0/8"
            raise ConfigError(PROXIES_VARIABLE, value, reason) from None
    return proxies
