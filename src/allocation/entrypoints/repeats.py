"""Suppression of repeated log lines: the first is written, later ones are counted."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

QUIET: Final = 60.0
"""Seconds for which repetitions of a line are suppressed."""

MOST: Final = 1000
"""The maximum number of different lines to remember."""


@dataclass(slots=True)
class _Written:
    at: float
    suppressed: int = 0


class RepeatFilter(logging.Filter):
    """Suppresses warnings and errors that repeat an earlier one.

    Lines with the same logger, level, format string and cause are repetitions, even if they differ
    in other details, such as a message id; the cause is the exception or the record's `cause`.
    Lines without a cause are repetitions if their text is the same; those of requests, which have
    a `status`, are never suppressed. The next line that is written
    has the number of suppressed lines as `repeated`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._written: dict[tuple[str, int, str, str], _Written] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to write the line."""
        if record.levelno < logging.WARNING or hasattr(record, "status"):
            return True
        now, key = self._clock(), _key(record)
        previous = self._written.get(key)
        if previous is not None and now - previous.at < QUIET:
            previous.suppressed += 1
            return False
        if previous is not None and previous.suppressed:
            record.repeated = previous.suppressed
        if len(self._written) >= MOST:
            del self._written[min(self._written, key=lambda k: self._written[k].at)]
        self._written[key] = _Written(now)
        return True


def _place(error: BaseException) -> str:
    """The place where the error was raised, which distinguishes errors with the same text."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return "" if frame is None else f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}"


def _key(record: logging.LogRecord) -> tuple[str, int, str, str]:
    cause = getattr(record, "cause", None)
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        cause = f"{type(error).__name__}: {error} ({_place(error)})"
    message = record.getMessage() if cause is None else str(record.msg)
    return record.name, record.levelno, message, str(cause)
