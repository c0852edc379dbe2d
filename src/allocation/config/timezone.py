"""The timezone whose date is today's."""

from datetime import UTC, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allocation.config.reading import ConfigError, Environment

TIMEZONE_VARIABLE: Final = "ALLOCATION_TIMEZONE"


def read_timezone(env: Environment) -> tzinfo:
    """Read the timezone, an IANA name; UTC if the variable is unset or empty.

    Raises:
        ConfigError: there is no timezone of this name.
    """
    name = env.get(TIMEZONE_VARIABLE, "").strip()
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    # OSError: the name is that of a directory, such as `Europe`, or too long for a path.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        reason = "is not the name of a timezone, such as UTC or Europe/Berlin"
        raise ConfigError(TIMEZONE_VARIABLE, name, reason) from None
