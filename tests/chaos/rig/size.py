"""How much of everything there is."""

from dataclasses import dataclass
from typing import Final

from tests.chaos.rig.unfinished import TIMEOUT


@dataclass(frozen=True)
class Size:
    """Of a run for CI, or of one that may take minutes."""

    callers: int
    """Clients at the same time."""
    huge_lines: int
    """Lines of the huge batches; more than the 256 messages of a group."""
    answers_between_faults: int
    """Requests that must be answered before the next fault strikes."""
    let_time_pass_after: float
    """Seconds after which what is left for later need not wait for its time.

    A mail that a killed server had in hand waits for two minutes, which CI has not.
    """
    thinking: float = 0.05
    """Seconds, on average, that a caller takes between an answer and the next operation."""


SMALL: Final = Size(8, 300, 20, 5.0)
FULL: Final = Size(12, 400, 40, TIMEOUT)


def size_of(events: int) -> Size:
    """By the number of kills and pauses."""
    return FULL if events >= 50 else SMALL
