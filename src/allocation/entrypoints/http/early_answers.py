"""Answers of the server itself, to what is not a whole request, or is one too many."""

from typing import Final

import msgspec

from allocation.entrypoints.http.error_responses import told
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


def _answer(error: Exception) -> bytes:
    status, failure = told(error)
    return plain_response(status, msgspec.json.encode(failure))


NOT_HTTP: Final = _answer(MalformedRequest("The request is not valid HTTP"))
HEADER_TOO_LARGE: Final = _answer(HeaderTooLarge("The request's head has too many bytes"))
HEADER_TIMEOUT: Final = _answer(HeaderTimeout("The request's head was not whole in time"))
BODY_TIMEOUT: Final = _answer(BodyTimeout("The request's body was not whole in time"))
BODY_TOO_SLOW: Final = _answer(BodyTooSlow("The request's body comes too slowly"))
STOPPING: Final = _answer(Stopping())
NO_ROOM_FOR_BODY: Final = _answer(
    NoRoomForBody("Too many large requests are being received; try again soon")
)
TOO_MANY_CONNECTIONS: Final = _answer(
    TooManyConnections("There are too many connections; try again soon")
)
