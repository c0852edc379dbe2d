"""Detection of stalled connections: clients that send or read too slowly for too long."""

from dataclasses import dataclass


@dataclass(slots=True)
class Stalls:
    """Measures the throughput of one connection, in both directions."""

    _from: float = 0.0
    _received: int = 0
    _left_from: float = 0.0
    _left: int | None = None

    def begin(self, now: float, received: int) -> None:
        """Start measuring the bytes received."""
        self._from, self._received = now, received

    def sends_too_slowly(self, now: float, received: int, *, rate: int, over: float) -> bool:
        """Whether the client has sent fewer bytes per second than `rate`.

        The rate is measured over intervals of `over` seconds.
        """
        if now - self._from < over:
            return False
        slow = received - self._received < rate * (now - self._from)
        self.begin(now, received)
        return slow

    def reads_too_slowly(
        self, now: float, unread: int, *, rate: int, over: float, streamed: int = 0
    ) -> bool:
        """Whether the client reads a response too slowly; `unread` bytes are buffered.

        Of a stream, so many bytes have been `streamed` to the buffer so far: it does not become
        empty, however fast the client reads.
        """
        left = unread - streamed if unread else None
        if left is None or self._left is None or left > self._left:  # a new response
            self._left_from, self._left = now, left
            return False
        if now - self._left_from < over:
            return False
        slow = self._left - left < rate * (now - self._left_from)
        self._left_from, self._left = now, left
        return slow
