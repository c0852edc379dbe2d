"""An exchange: a request and its response, with the id of the request and its line in the log."""

import logging
import re
from itertools import count
from secrets import token_hex
from time import perf_counter
from typing import Any, Final

from litestar.types import HTTPScope, Message, Send

from allocation.access.keys import without_secrets
from allocation.config import LogSettings
from allocation.entrypoints.http.access.security_headers import secured
from allocation.entrypoints.http.callers import CALLER
from allocation.entrypoints.http.requests import headers_of

logger = logging.getLogger(__name__)

REQUEST_ID: Final = "allocation.request_id"
"""The key in a request's scope with the id of the request, a text."""

MESSAGE_ID: Final = "allocation.message_id"
"""The key in a request's scope with the id of the message that it has sent."""

LONG_LIVED: Final = "allocation.long_lived"
"""The key in a request's scope that marks a stream or a long poll, which is never slow."""

HEADER: Final = b"x-request-id"

COUNTED: Final = "allocation.counted"
"""The key in a request's scope that marks a refusal that the gate counts and logs by itself."""

LONGEST_PATH: Final = 1_000
"""The number of characters of a path that are logged."""

_REQUEST_ID: Final = re.compile(rb"[0-9A-Za-z._~:/+=@;,-]{1,128}")
"""Ids that can stand in a header and in a line of any log without being quoted."""

_UNSAFE: Final = re.compile(r"[^!-~]|\\")


class Exchange:
    """One request: adds headers to its response, and writes its line when it has ended."""

    __slots__ = ("_id", "_log", "_scope", "_send", "_started", "status")

    def __init__(self, log: "ExchangeLog", scope: HTTPScope, send: Send, id: bytes) -> None:
        self._log = log
        self._scope: Any = scope
        self._send = send
        self._id = id
        self._started = perf_counter()
        self.status: int | None = None
        """The status of the response, once it has begun."""

    # Returns the awaitable of the server's own `send`: a coroutine of its own would cost more.
    def send(self, message: Message) -> Any:
        """Send a part of the response, with the id of the request and the security headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [(HEADER, self._id), *secured(message["headers"])]
        return self._send(message)

    def end(self) -> None:
        """Write the line of the request, if it has one."""
        log, status = self._log, self.status
        elapsed = perf_counter() - self._started
        is_slow = elapsed >= log.slow and LONG_LIVED not in self._scope
        if log.all_requests or is_slow or status is None or status >= 400:
            if COUNTED in self._scope and not log.all_requests:
                return
            self._write(*_meaning(status, is_slow=is_slow), elapsed)

    def _write(self, level: int, text: str, elapsed: float) -> None:
        scope = self._scope
        caller = scope.get(CALLER)
        fields = {
            "request_id": scope[REQUEST_ID],
            "method": _safe(scope["method"]),
            "path": _path(scope),
            "status": self.status,
            "milliseconds": round(elapsed * 1000, 1),
            "sender": None if caller is None else caller.sender,
            "message_id": scope.get(MESSAGE_ID),
        }
        logger.log(level, text, extra=fields)


class ExchangeLog:
    """Makes the exchanges of a server, by the settings of its log."""

    def __init__(self, settings: LogSettings | None = None) -> None:
        settings = settings or LogSettings()
        self.all_requests: Final = settings.all_requests
        self.slow: Final = settings.slow_request_ms / 1000
        """The time from which a request counts as slow, in seconds."""
        self._prefix: Final = token_hex(6)
        self._numbers: Final = count(1)

    def begin(self, scope: HTTPScope, send: Send) -> Exchange:
        """Begin an exchange; the id of the request is the client's, if that is a safe one."""
        id = _given_id(scope) or b"%s-%d" % (self._prefix.encode(), next(self._numbers))
        scope[REQUEST_ID] = id.decode()  # type: ignore[typeddict-unknown-key]
        return Exchange(self, scope, send, id)


def _given_id(scope: HTTPScope) -> bytes | None:
    """The id that the client gave; None if it is missing, repeated or not safe."""
    headers = headers_of(scope)
    given = headers.values.get(HEADER)
    if given is None or HEADER in headers.repeated or not _REQUEST_ID.fullmatch(given):
        return None
    return given


def _meaning(status: int | None, *, is_slow: bool) -> tuple[int, str]:
    """The level and the text of a line."""
    if status is None:
        return logging.INFO, "request ended without a response"
    if status >= 500:
        return logging.ERROR, "request failed"
    if is_slow:
        return logging.WARNING, "request was slow"
    return logging.INFO, "request refused" if status >= 400 else "request answered"


def _path(scope: Any) -> str:
    """The path as the client has sent it, without the query, which may hold a secret.

    A path that contains a key is shown decoded, without the secret.
    """
    path = without_secrets(scope["path"])
    if path != scope["path"]:
        return _safe(path[:LONGEST_PATH])
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return _safe(raw.partition(b"?")[0].decode("latin-1")[:LONGEST_PATH])


def _safe(text: str) -> str:
    r"""Escape what is not visible ASCII, such as a line break, as `\x0a`."""
    return _UNSAFE.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
