"""Trying again what somebody else's commit has come in the way of."""

from collections.abc import Callable
from typing import Final, TypeVar

from allocation.messaging.errors import Conflict

T = TypeVar("T")

ATTEMPTS: Final = 20
"""Each of them reads anew, and only loses to somebody who has got on."""


def retrying(attempt: Callable[[], T]) -> T:
    """What the attempt returns when no conflict comes in its way.

    Raises:
        Conflict: one did, every time.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return attempt()
        except Conflict:
            continue
    return attempt()
