"""Held keys: ordering keys whose state another transaction keeps locked for long."""

import logging
import time
from collections.abc import Callable, Collection
from typing import Final

logger = logging.getLogger(__name__)

PROBE_INTERVAL: Final = 1.0
"""The time between two checks whether a held key is free again, in seconds."""


class HeldKeys:
    """The ordering keys that are set aside, so that messages without them can be handled."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._probed = 0.0
        self.keys: frozenset[str] = frozenset()
        """The held keys: their state is not locked, and their messages are not handled."""

    @property
    def is_probe_due(self) -> bool:
        """Whether it is time to check the locks again."""
        return bool(self.keys) and self._clock() - self._probed >= PROBE_INTERVAL

    def set_aside(self, keys: Collection[str]) -> None:
        """Add keys that another transaction holds."""
        logger.error(
            "another transaction keeps %s locked: its messages are refused until it is free",
            ", ".join(sorted(keys)),
        )
        self._now_held(self.keys.union(keys))

    def probed(self, held: Collection[str]) -> None:
        """Keep only these of the held keys; the others are free."""
        if free := self.keys.difference(held):
            logger.warning("%s is no longer locked by another transaction", ", ".join(sorted(free)))
        self._now_held(self.keys.intersection(held))

    def _now_held(self, keys: frozenset[str]) -> None:
        self.keys, self._probed = keys, self._clock()
