"""Limits of a server on its clients."""

from dataclasses import dataclass
from typing import Final

from allocation.config.reading import Environment, number

MEGABYTE: Final = 1024 * 1024
LONGEST: Final = 3600
"""The maximum of every timeout, in seconds."""


@dataclass(frozen=True)
class LimitSettings:
    """Limits on connections and on incomplete requests."""

    max_connections: int | None = None
    """The maximum number of connections; None is as many as the file descriptors allow."""
    max_header_bytes: int = 32 * 1024
    """The maximum size of a request head: request line and headers."""
    header_timeout: int = 10
    """Seconds for a complete head, from its first byte or the start of the connection."""
    body_timeout: int = 300
    """Seconds for a complete body."""
    min_body_rate: int = 1024
    """The minimum rate at which a client sends a body or reads a response, in bytes per second."""
    stall_timeout: int = 10
    """The interval over which that rate is measured, in seconds."""
    max_body_bytes: int = 64 * MEGABYTE
    """The maximum size of all large bodies in memory together."""
    body_room_timeout: int = 10
    """Seconds for which a large body waits for memory."""
    keep_alive_timeout: int = 5
    """Seconds between a response and the next request on a connection."""
    max_key_rate: int = 10_000
    """The maximum rate of requests with one key, per second."""
    max_invalid_keys: int = 60
    """The maximum number of requests of one address with an invalid key, per minute."""

    max_streams: int = 2_000
    """The maximum number of streams and long polls of the feed that are open at the same time."""
    max_key_streams: int = 1_000
    """The maximum number of those that are open with one key."""

    @classmethod
    def read(cls, env: Environment) -> "LimitSettings":
        """Read the limits from the environment.

        Raises:
            ConfigError: a variable has an invalid value.
        """

        def seconds(variable: str, default: int) -> int:
            value = number(env, variable, least=1, most=LONGEST, noun="number of seconds")
            return default if value is None else value

        def count(variable: str, least: int, most: int, default: int) -> int:
            value = number(env, variable, least=least, most=most)
            return default if value is None else value

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
            count("ALLOCATION_MAX_KEY_RATE", 1, 1_000_000, cls.max_key_rate),
            count("ALLOCATION_MAX_INVALID_KEYS", 1, 1_000_000, cls.max_invalid_keys),
            count("ALLOCATION_MAX_STREAMS", 1, 1_000_000, cls.max_streams),
            count("ALLOCATION_MAX_KEY_STREAMS", 1, 1_000_000, cls.max_key_streams),
        )
