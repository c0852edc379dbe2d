"""The options of `allocation serve` about its log."""

from dataclasses import dataclass
from typing import Annotated, Final

import typer

from allocation.config import LineFormat, LogLevel, LogSettings
from allocation.config.logs import (
    ACCESS_LOG_VARIABLE,
    FORMAT_VARIABLE,
    LEVEL_VARIABLE,
    SLOW_REQUEST_VARIABLE,
    SLOWEST,
)
from allocation.entrypoints.cli.verbosity import Verbosity, verbosity

AccessLogOption = Annotated[
    bool,
    typer.Option("--access-log", envvar=ACCESS_LOG_VARIABLE, help="Log a line for every request."),
]
LevelOption = Annotated[
    LogLevel,
    typer.Option(
        "--log-level", envvar=LEVEL_VARIABLE, help="The lowest level of the lines that are logged."
    ),
]
FormatOption = Annotated[
    LineFormat,
    typer.Option(
        "--log-format",
        envvar=FORMAT_VARIABLE,
        help="How lines are written; auto: for people in a terminal, otherwise as JSON.",
    ),
]
SlowRequestOption = Annotated[
    int,
    typer.Option(
        "--slow-request-ms",
        metavar="MILLISECONDS",
        min=1,
        max=SLOWEST,
        envvar=SLOW_REQUEST_VARIABLE,
        help="The time from which a request is logged as slow.",
    ),
]

_LEVELS: Final = {Verbosity.QUIET: LogLevel.WARNING, Verbosity.VERBOSE: LogLevel.DEBUG}


@dataclass(frozen=True, slots=True)
class LogOptions:
    """What is logged, and how; each field is an option."""

    access_log: AccessLogOption = False
    log_level: LevelOption = LogLevel.INFO
    log_format: FormatOption = LineFormat.AUTO
    slow_request_ms: SlowRequestOption = 1_000

    @property
    def settings(self) -> LogSettings:
        """The settings that the options stand for; --quiet and --verbose decide about the level."""
        level = _LEVELS.get(verbosity(), self.log_level)
        return LogSettings(level, self.log_format, self.access_log, self.slow_request_ms)
