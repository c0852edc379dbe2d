"""When Python looks for garbage."""

import gc
from typing import Final

NEW_OBJECTS: Final = 50_000
YOUNG_ROUNDS: Final = 50
OLD_ROUNDS: Final = 1_000


def collect_seldom() -> None:
    """Look for cycles of garbage rarely, and never among what lives as long as the process.

    There are hardly any cycles, but by default a running service stood still for a tenth
    of a second every few thousand requests, to look through all that it holds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, YOUNG_ROUNDS, OLD_ROUNDS)
