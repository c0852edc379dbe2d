"""Stalls: of bytes that a client sends or reads, too few come through for too long."""

from dataclasses import dataclass


@dataclass(slots=True)
class Stalls:
    """Measures one connection, in both directions."""

    _from: float = 0.0
    _received: int = 0
    _unread_from: float = 0.0
    _unread: int = 0

    def begin(self, now: float, received: int) -> None:
        """Measure what is received from here on."""
        self._from, self._received = now, received

    def sends_too_slowly(self, now: float, received: int, *, rate: int, over: float) -> bool:
        """Whether fewer bytes than `rate` a second have come since the measure was taken.

        It is taken anew after so many seconds.
        """
        if now - self._from < over:
            return False
        slow = received - self._received < rate * (now - self._from)
        self.begin(now, received)
        return slow

    def reads_too_slowly(self, now: float, unread: int, *, rate: int, over: float) -> bool:
        """The same of an answer, of which so many bytes have not been read."""
        if not unread or not self._unread or unread > self._unread:  # another answer has come
            self._unread_from, self._unread = now, unread
            return False
        if now - self._unread_from < over:
            return False
        slow = self._unread - unread < rate * (now - self._unread_from)
        self._unread_from, self._unread = now, unread
        return slow
