"""Detection of stalled connections: clients that send or read too slowly for too long."""

from dataclasses import dataclass


@dataclass(slots=True)
class Stalls:
    """Measures the throughput of one connection, in both directions."""

    _from: float = 0.0
    _received: int = 0
    _unread_from: float = 0.0
    _unread: int = 0

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

    def reads_too_slowly(self, now: float, unread: int, *, rate: int, over: float) -> bool:
        """Whether the client reads a response too slowly; `unread` bytes are buffered."""
        if not unread or not self._unread or unread > self._unread:  # a new response
            self._unread_from, self._unread = now, unread
            return False
        if now - self._unread_from < over:
            return False
        slow = self._unread - unread < rate * (now - self._unread_from)
        self._unread_from, self._unread = now, unread
        return slow
