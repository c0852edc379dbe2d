"""The envelope of a message: id, cause, chain and time, apart from the message itself."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

Clock = Callable[[], datetime]
"""Returns the current time, with its time zone."""

NewId = Callable[[], str]
"""Makes a unique message id; later ids sort after earlier ones."""


class Envelope(NamedTuple):
    """A message with its id, its cause, the chain it belongs to, and its time.

    An incoming message starts a chain: its `correlation_id` is its own id, and its
    `causation_id` is None. `depth` is how many causes it has, one after another; a message that
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
        """Wrap an incoming message."""
        return cls(id, message, id, None, at)

    def causing(
        self, message: object, *, id: str, at: datetime, continues: bool = False
    ) -> "Envelope":
        """Wrap a follow-up of this message."""
        depth = self.depth + (not continues)
        return Envelope(id, message, self.correlation_id, self.id, at, depth)
