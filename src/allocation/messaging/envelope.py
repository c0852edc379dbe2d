"""What travels around a message, so that the message itself need not know it."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

Clock = Callable[[], datetime]
"""Tells the time, with its zone."""

NewId = Callable[[], str]
"""Makes an id that no other message has; later ids sort after earlier ones."""


class Envelope(NamedTuple):
    """A message with its id, what caused it, the chain that it belongs to, and when.

    A message from outside starts a chain: its `correlation_id` is its own id, and
    nothing caused it. `depth` is how many causes it has, one after another; a message that
    continues its cause has the same.
    """

    id: str
    message: object
    correlation_id: str
    causation_id: str | None
    at: datetime
    depth: int = 0

    @classmethod
    def root(cls, message: object, *, id: str, at: datetime) -> "Envelope":
        """Around a message that comes from outside."""
        return cls(id, message, id, None, at)

    def causing(
        self, message: object, *, id: str, at: datetime, continues: bool = False
    ) -> "Envelope":
        """Around a message that follows from this one."""
        depth = self.depth + (not continues)
        return Envelope(id, message, self.correlation_id, self.id, at, depth)
