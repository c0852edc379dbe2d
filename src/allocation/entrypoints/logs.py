"""Logging to standard error: readable in a terminal, JSON lines otherwise."""

import logging
import sys
from typing import Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from allocation.entrypoints.repeats import RepeatFilter
from allocation.entrypoints.visible import visible

_MULTILINE: Final = {"exception", "stack"}


def configure() -> None:
    """Set up logging for a command."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    renderers: list[Processor] = (
        [safe_for_terminals, structlog.dev.ConsoleRenderer()]
        if is_terminal
        else [structlog.processors.JSONRenderer(default=str)]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
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
    root.setLevel(logging.INFO)
    for chatty in ("alembic", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


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
