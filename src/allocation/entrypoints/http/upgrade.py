"""Ignores the Upgrade header, so that such requests are served over HTTP/1.1.

With Upgrade, as sent by `curl --http2`, a client offers to switch to another protocol, and a
server may ignore the offer (RFC 9110, 7.8). The parser does not: it treats the request as complete
after its headers, and the body as part of the other protocol. Therefore the request is parsed
again without that header.
"""

from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_UPGRADE: Final = b"upgrade"
_TUNNEL: Final = b"CONNECT"
"""The parser treats this method as an upgrade, too; the service does not support it."""


class IgnoringUpgrade(HttpToolsProtocol):
    """A connection that does not switch to another protocol."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.parser = _Parser(self)

    def parse_again(self, rest: bytes) -> None:
        """Parse the request again without its Upgrade header, then the rest of the data."""
        head = self._head_without_upgrade()
        self.parser = _Parser(self)  # the previous parser may have stopped
        self.parser.feed_data(head)
        self.parser.feed_data(rest)

    def _head_without_upgrade(self) -> bytes:
        """The request line and headers without the Upgrade header."""
        version = self.parser.get_http_version().encode()
        head = [self.parser.get_method(), b" ", self.url, b" HTTP/", version, b"\r\n"]
        for name, value in self.headers:
            if name != _UPGRADE:
                head += (name, b": ", value, b"\r\n")
        return b"".join([*head, b"\r\n"])

    def _should_upgrade(self) -> bool:
        """Whether uvicorn should skip the request because it is going to be parsed again."""
        return self.parser.get_method() != _TUNNEL


class _Parser(httptools.HttpRequestParser):
    def __init__(self, protocol: IgnoringUpgrade) -> None:
        super().__init__(protocol)
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # like uvicorn
        self._protocol = protocol

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]  # always bytes here
        try:
            super().feed_data(data)
            return
        except httptools.HttpParserUpgrade as upgrade:
            if self.get_method() == _TUNNEL:
                raise
            rest = data[upgrade.args[0] :]
        # Outside the try block: its errors have nothing to do with the upgrade.
        self._protocol.parse_again(rest)
