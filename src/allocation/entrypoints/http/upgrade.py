"""Requests that ask for another protocol are served in this one.

With `Upgrade`, as `curl --http2` sends it, a client offers to go on in another protocol, and a
server may ignore it (RFC 9110, 7.8). The parser does not: it takes the request to end with its
headers, and what comes next, the body, to be of the other protocol. So it is given the request
again, without that header.
"""

from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_UPGRADE: Final = b"upgrade"
_TUNNEL: Final = b"CONNECT"
"""What the parser takes for an upgrade without being asked; nothing here takes it."""


class IgnoringUpgrade(HttpToolsProtocol):
    """A connection that stays with HTTP/1.1."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.parser = _Parser(self)

    def parse_again(self, rest: bytes) -> None:
        """Parse the request without what it asks for, and then the rest that has come."""
        head = self._head_without_upgrade()
        self.parser = _Parser(self)  # the other one may have ended with its request
        self.parser.feed_data(head)
        self.parser.feed_data(rest)

    def _head_without_upgrade(self) -> bytes:
        """The request's line and headers, but the one that asks for another protocol."""
        version = self.parser.get_http_version().encode()
        head = [self.parser.get_method(), b" ", self.url, b" HTTP/", version, b"\r\n"]
        for name, value in self.headers:
            if name != _UPGRADE:
                head += (name, b": ", value, b"\r\n")
        return b"".join([*head, b"\r\n"])

    def _should_upgrade(self) -> bool:
        """Whether uvicorn is to leave alone what asks for an upgrade; it comes again at once."""
        return self.parser.get_method() != _TUNNEL


class _Parser(httptools.HttpRequestParser):
    def __init__(self, protocol: IgnoringUpgrade) -> None:
        super().__init__(protocol)
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
        self._protocol = protocol

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]  # what a connection gives
        try:
            super().feed_data(data)
            return
        except httptools.HttpParserUpgrade as upgrade:
            if self.get_method() == _TUNNEL:
                raise
            rest = data[upgrade.args[0] :]
        # Not above: what is raised here has nothing to do with the upgrade.
        self._protocol.parse_again(rest)
