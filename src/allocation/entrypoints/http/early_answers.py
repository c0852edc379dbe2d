"""Responses of the server itself, to incomplete requests and to requests above a limit."""

from http import HTTPStatus
from typing import Final

import msgspec

from allocation.entrypoints.http.access.security_headers import NOT_STORED, SECURITY_HEADERS
from allocation.entrypoints.http.error_responses import failure_of
from allocation.entrypoints.http.errors import (
    BodyTimeout,
    BodyTooSlow,
    HeaderTimeout,
    HeaderTooLarge,
    MalformedRequest,
    NoRoomForBody,
    TooManyConnections,
)
from allocation.errors import Stopping


def _response(error: Exception) -> bytes:
    """The bytes of a complete response, after which the connection is closed."""
    status, failure = failure_of(error)
    content = msgspec.json.encode(failure)
    return (
        b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
        b"%s%sconnection: close\r\n\r\n%s"
        % (
            status,
            HTTPStatus(status).phrase.encode(),
            len(content),
            b"retry-after: 1\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else b"",
            b"".join(b"%s: %s\r\n" % header for header in (*SECURITY_HEADERS, NOT_STORED)),
            content,
        )
    )


NOT_HTTP: Final = _response(MalformedRequest("The request is not valid HTTP"))
HEADER_TOO_LARGE: Final = _response(HeaderTooLarge("The request head is too large"))
HEADER_TIMEOUT: Final = _response(HeaderTimeout("The request head did not arrive in time"))
BODY_TIMEOUT: Final = _response(BodyTimeout("The request body did not arrive in time"))
BODY_TOO_SLOW: Final = _response(BodyTooSlow("The request body arrives too slowly"))
STOPPING: Final = _response(Stopping())
NO_ROOM_FOR_BODY: Final = _response(
    NoRoomForBody("Too many large requests are being received; try again soon")
)
TOO_MANY_CONNECTIONS: Final = _response(
    TooManyConnections("There are too many connections; try again soon")
)
