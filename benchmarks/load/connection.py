"""One keep-alive connection: writes bytes that are ready, reads as little as it must."""

import asyncio
from collections.abc import Callable
from typing import Final, cast

LOST: Final = 0
"""The status of a request whose connection ended before the answer."""

Answered = Callable[["Connection", int], None]
"""Is told the status of the answer to the request under way."""


class Connection(asyncio.Protocol):
    """Has one request under way at the most; knows of HTTP/1.1 what our servers say."""

    def __init__(self, answered: Answered) -> None:
        self._answered = answered
        self._received = b""
        self._transport: asyncio.Transport
        self.sent_at = 0.0
        """The moment from which the request under way is timed, by the client's clock."""
        self.busy = False
        """Whether a request is under way."""
        self.open = False
        """Whether a request can be sent."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclass
        self.open = True

    def send(self, request: bytes, at: float) -> None:
        """Send a whole request; it is timed from `at`."""
        self.sent_at = at
        self.busy = True
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Pass the status on, once the answer is here to its end."""
        received = self._received = self._received + data if self._received else data
        body = received.find(b"\r\n\r\n") + 4
        if body < 4 or len(received) < body + _length(received[:body]):
            return
        self._received = b""
        self.busy = False
        self._answered(self, int(received[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """An answer that is due will not come."""
        self.open = False
        if self.busy:
            self.busy = False
            self._answered(self, LOST)


def _length(head: bytes) -> int:
    _, separator, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if separator else 0
