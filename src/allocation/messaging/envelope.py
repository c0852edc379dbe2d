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
    `causation_id` is None.
    """

    id: str
    message: object
    correlation_id: str
    causation_id: str | None
    at: datetime

    @classmethod
    def root(cls, message: object, *, id: str, at: datetime) -> "Envelope":
        """Wrap an incoming message."""
        return cls(id, message, id, None, at)

    def causing(self, message: object, *, id: str, at: datetime) -> "Envelope":
        """Wrap a follow-up of this message."""
        return Envelope(id, message, self.correlation_id, self.id, at)
