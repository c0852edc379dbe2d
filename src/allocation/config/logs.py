"""Settings of the log of a server."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LEVEL_VARIABLE: Final = "ALLOCATION_LOG_LEVEL"
FORMAT_VARIABLE: Final = "ALLOCATION_LOG_FORMAT"
ACCESS_LOG_VARIABLE: Final = "ALLOCATION_ACCESS_LOG"
SLOW_REQUEST_VARIABLE: Final = "ALLOCATION_SLOW_REQUEST_MS"
SLOWEST: Final = 3_600_000
"""The maximum of the time from which a request counts as slow, in milliseconds."""


class LogLevel(StrEnum):
    """The lowest level of the lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LineFormat(StrEnum):
    """How lines are written."""

    AUTO = "auto"
    """For people in a terminal, as JSON otherwise."""
    JSON = "json"
    CONSOLE = "console"


@dataclass(frozen=True)
class LogSettings:
    """What a server logs, and how."""

    level: LogLevel = LogLevel.INFO
    format: LineFormat = LineFormat.AUTO
    all_requests: bool = False
    """Whether every request has a line, and not only a refused, failed or slow one."""
    slow_request_ms: int = 1_000
    """The time from which a request counts as slow, in milliseconds."""
