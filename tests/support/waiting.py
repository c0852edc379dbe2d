"""Waiting for something to come true, and no longer than it takes."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

Found = TypeVar("Found")

TIMEOUT: Final = 60.0
"""Seconds after which what has not come true is given up: on a busy machine, a server takes thirty
until it serves."""

_LOOK_AGAIN: Final = 0.01


def wait_until(
    look: Callable[[], Found | None],
    what: str,
    *,
    patience: float = TIMEOUT,
    look_again: float = _LOOK_AGAIN,
) -> Found:
    """What `look` finds, once it finds something that counts as true."""
    deadline = time.monotonic() + patience
    while not (value := look()):
        assert time.monotonic() < deadline, f"in {patience:.0f} s it did not happen: {what}"
        time.sleep(look_again)
    return value
