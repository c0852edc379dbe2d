"""The log of refused access: a line a minute for each source, with a count."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, NamedTuple

from allocation.entrypoints.visible import visible

INTERVAL: Final = 60.0
"""Seconds between two lines about the same source and reason."""

MOST: Final = 1000
"""The maximum number of sources and reasons that are counted apart in a minute."""

OTHERS: Final = "other sources"
"""The source of what is refused beyond that number."""

logger = logging.getLogger(__name__)


class _Entry(NamedTuple):
    """A source, and the code of the error with which it is refused."""

    source: str
    code: str


class RefusalLog:
    """Counts refusals of access, and logs the first one of a source at once.

    Neither the URL nor any header of the request is logged: they may contain a key.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` is monotonic, in seconds."""
        self._clock: Final = clock
        self._counts = dict[_Entry, int]()
        """The refusals since the last line, of the sources that have had a line lately."""
        self._since = clock()

    def note(self, source: str, code: str) -> None:
        """Count a refusal."""
        if self._clock() - self._since >= INTERVAL:
            self.flush()
        entry = _Entry(source, code)
        if entry not in self._counts and len(self._counts) >= MOST:
            entry = _Entry(OTHERS, code)
        count = self._counts.get(entry)
        if count is None:
            self._counts[entry] = 0
            _log(entry, 1)
        else:
            self._counts[entry] = count + 1

    def flush(self) -> None:
        """Log the counts of what has not been logged yet, and begin a new minute."""
        self._since = self._clock()
        counts, self._counts = self._counts, {}
        for entry, count in counts.items():
            if count:
                _log(entry, count)

    async def flush_each_minute(self) -> None:
        """Log what was counted, once a minute, until cancelled; then for the last time."""
        try:
            while True:
                await asyncio.sleep(INTERVAL)
                self.flush()
        finally:
            self.flush()


def _log(entry: _Entry, count: int) -> None:
    source = visible(entry.source)
    logger.warning(
        "access refused: %s, %s (%d)",
        source,
        entry.code,
        count,
        extra={"source": source, "code": entry.code, "count": count},
    )
