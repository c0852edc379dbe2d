"""Limits of a server: what one client, and all of them together, may hold of it."""

from dataclasses import dataclass
from typing import Final

from allocation.config.reading import Environment, number

MEGABYTE: Final = 1024 * 1024
LONGEST: Final = 3600
"""Seconds that any of the timeouts may have."""


@dataclass(frozen=True)
class LimitSettings:
    """Limits on connections, and on requests before they are whole."""

    max_connections: int | None = None
    """Connections of clients; None is as many as the file descriptors allow."""
    max_header_bytes: int = 32 * 1024
    """Bytes of a request's head: its first line and its headers."""
    header_timeout: int = 10
    """Seconds for a head to be whole, from its first byte or the connection's beginning."""
    body_timeout: int = 300
    """Seconds for a body to be whole."""
    min_body_rate: int = 1024
    """Bytes a second that a client must send of a body, or read of an answer."""
    stall_timeout: int = 10
    """Seconds over which that rate is measured."""
    max_body_bytes: int = 64 * MEGABYTE
    """Bytes of all the large bodies together that are received or handled."""
    body_room_timeout: int = 10
    """Seconds for which a large body waits until there is room for it."""
    keep_alive_timeout: int = 5
    """Seconds between an answer and the next request on a connection."""

    @classmethod
    def read(cls, env: Environment) -> "LimitSettings":
        """From the environment.

        Raises:
            ConfigError: a variable has a value that cannot be.
        """

        def seconds(variable: str, default: int) -> int:
            found = number(env, variable, least=1, most=LONGEST, noun="number of seconds")
            return default if found is None else found

        def count(variable: str, least: int, most: int, default: int) -> int:
            found = number(env, variable, least=least, most=most)
            return default if found is None else found

        return cls(
            number(env, "ALLOCATION_MAX_CONNECTIONS", least=1, most=1_000_000),
            count("ALLOCATION_MAX_HEADER_BYTES", 1024, MEGABYTE, cls.max_header_bytes),
            seconds("ALLOCATION_HEADER_TIMEOUT", cls.header_timeout),
            seconds("ALLOCATION_BODY_TIMEOUT", cls.body_timeout),
            count("ALLOCATION_MIN_BODY_RATE", 1, 1024 * MEGABYTE, cls.min_body_rate),
            seconds("ALLOCATION_STALL_TIMEOUT", cls.stall_timeout),
            count("ALLOCATION_MAX_BODY_BYTES", MEGABYTE, 65_536 * MEGABYTE, cls.max_body_bytes),
            seconds("ALLOCATION_BODY_ROOM_TIMEOUT", cls.body_room_timeout),
            seconds("ALLOCATION_KEEP_ALIVE_TIMEOUT", cls.keep_alive_timeout),
        )
