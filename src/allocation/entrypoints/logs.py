"""Logging to standard error: readable in a terminal, JSON lines otherwise."""

import logging
import os
import sys
import threading
from types import TracebackType
from typing import Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from allocation.access.keys import without_secrets
from allocation.config import LineFormat, LogSettings
from allocation.entrypoints.repeats import RepeatFilter
from allocation.entrypoints.visible import visible

logger = logging.getLogger(__name__)

_MULTILINE: Final = {"exception", "stack"}


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Leaves out the secrets of access keys, wherever in a line they are."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        return without_secrets(super().format(record))


def configure(settings: LogSettings | None = None) -> None:
    """Set up logging for a command, or by the settings of a server."""
    settings = settings or LogSettings()
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    is_console = settings.format is LineFormat.CONSOLE or (
        is_terminal and settings.format is LineFormat.AUTO
    )
    colors = is_terminal and not os.environ.get("NO_COLOR")
    renderers: list[Processor] = (
        [safe_for_terminals, structlog.dev.ConsoleRenderer(colors=colors)]
        if is_console
        else [structlog.processors.JSONRenderer(default=str)]
    )
    formatter = _Formatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            *renderers,
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    handler.addFilter(RepeatFilter())
    root = logging.getLogger()
    root.handlers = [handler]
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    root.setLevel(level)
    for chatty in ("alembic", "uvicorn"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))


def capture_everything() -> None:
    """Log Python's warnings, and the tracebacks that the interpreter prints, like other lines."""
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda failed: _log_uncaught(
        failed.exc_type, failed.exc_value, failed.exc_traceback
    )
    sys.unraisablehook = lambda failed: _log_uncaught(
        failed.exc_type, failed.exc_value, failed.exc_traceback
    )


def _log_uncaught(
    kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None
) -> None:
    error = error or kind()
    logger.critical("an exception was not caught", exc_info=(kind, error, traceback))


def safe_for_terminals(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape control characters in text from outside, such as paths and database errors.

    Values other than strings are shown by their `repr`, which escapes such characters itself.
    """
    return {
        name: visible(value, keep="\n" if name in _MULTILINE else "")
        if isinstance(value, str)
        else value
        for name, value in event.items()
    }
