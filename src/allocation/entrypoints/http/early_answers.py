"""Answers of the server itself, to what is not a whole request, or is one too many."""

import json
from http import HTTPStatus
from typing import Final


def _answer(status: HTTPStatus, code: str, message: str, *headers: str) -> bytes:
    body = json.dumps({"message": message, "code": code}).encode()
    head = [
        f"HTTP/1.1 {status} {status.phrase}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        "connection: close",
        *headers,
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


_LATER: Final = "retry-after: 1"

NOT_HTTP: Final = _answer(HTTPStatus.BAD_REQUEST, "invalid_http", "The request is not valid HTTP")
HEADER_TOO_LARGE: Final = _answer(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "header_too_large",
    "The request's head has too many bytes",
)
HEADER_TIMEOUT: Final = _answer(
    HTTPStatus.REQUEST_TIMEOUT, "header_timeout", "The request's head was not whole in time"
)
BODY_TIMEOUT: Final = _answer(
    HTTPStatus.REQUEST_TIMEOUT, "body_timeout", "The request's body was not whole in time"
)
BODY_TOO_SLOW: Final = _answer(
    HTTPStatus.REQUEST_TIMEOUT, "body_too_slow", "The request's body comes too slowly"
)
STOPPING: Final = _answer(
    HTTPStatus.SERVICE_UNAVAILABLE, "stopping", "The service is stopping; try again soon", _LATER
)
NO_ROOM_FOR_BODY: Final = _answer(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "no_room_for_body",
    "Too many large requests are being received; try again soon",
    _LATER,
)
TOO_MANY_CONNECTIONS: Final = _answer(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "too_many_connections",
    "There are too many connections; try again soon",
    _LATER,
)
