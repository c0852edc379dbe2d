"""Held keys: what somebody else keeps locked for so long that nobody waits for it any more."""

import logging
import time
from collections.abc import Callable, Collection
from typing import Final

logger = logging.getLogger(__name__)

PROBE_INTERVAL: Final = 1.0
"""Seconds between looks whether what was locked is free again."""


class HeldKeys:
    """The ordering keys that are set aside, so that the other messages can be handled."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._probed = 0.0
        self.keys: frozenset[str] = frozenset()
        """These are neither locked nor handled."""

    @property
    def is_probe_due(self) -> bool:
        """Whether it is time to look at the locks again."""
        return bool(self.keys) and self._clock() - self._probed >= PROBE_INTERVAL

    def set_aside(self, keys: Collection[str]) -> None:
        """Somebody else holds these, too."""
        logger.error(
            "somebody else has locked %s: messages about it are refused until it is free",
            ", ".join(sorted(keys)),
        )
        self._now_held(self.keys.union(keys))

    def probed(self, held: Collection[str]) -> None:
        """Of those that are set aside, somebody still holds these, and no others."""
        if free := self.keys.difference(held):
            logger.warning("%s is no longer locked by somebody else", ", ".join(sorted(free)))
        self._now_held(self.keys.intersection(held))

    def _now_held(self, keys: frozenset[str]) -> None:
        self.keys, self._probed = keys, self._clock()
