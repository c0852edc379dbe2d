"""Lines of the log that say the same: the first is written, and then how many there were."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

QUIET: Final = 60.0
"""Seconds for which what was written is not written again."""

MOST: Final = 1000
"""Different lines that are remembered."""


@dataclass(slots=True)
class _Written:
    at: float
    left_out: int = 0


class RepeatFilter(logging.Filter):
    """Leaves out warnings and errors that only repeat one.

    A trouble that a thousand messages meet is one trouble. Where a line has a cause, an exception
    or what it is given as its `cause`, lines of the same place and cause are repeats, whatever
    else differs, such as a message's id; any other line repeats one of the same words. The next
    line that is written has the number of those left out.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._written: dict[tuple[str, int, str, str], _Written] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if record.levelno < logging.WARNING:
            return True
        now, key = self._clock(), _key(record)
        before = self._written.get(key)
        if before is not None and now - before.at < QUIET:
            before.left_out += 1
            return False
        if before is not None and before.left_out:
            record.repeated = before.left_out
        if len(self._written) >= MOST:
            del self._written[min(self._written, key=lambda of: self._written[of].at)]
        self._written[key] = _Written(now)
        return True


def _place(error: BaseException) -> str:
    """Where it was raised: two faults of the same words are two."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return "" if frame is None else f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}"


def _key(record: logging.LogRecord) -> tuple[str, int, str, str]:
    cause = getattr(record, "cause", None)
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        cause = f"{type(error).__name__}: {error} ({_place(error)})"
    told = record.getMessage() if cause is None else str(record.msg)
    return record.name, record.levelno, told, str(cause)
