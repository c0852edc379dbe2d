"""Responses of the server itself, to incomplete requests and to requests above a limit."""

from typing import Final

import msgspec

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
from allocation.entrypoints.http.json_answers import plain_response
from allocation.errors import Stopping


def _response(error: Exception) -> bytes:
    status, failure = failure_of(error)
    return plain_response(status, msgspec.json.encode(failure))


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
