"""Errors of HTTP and of request bodies; each has a status and a code.

HttpError
├── MalformedRequest   the request is not valid HTTP, or incomplete
├── MissingHost        the Host header is missing
├── InvalidHost        the Host header is not a host with an optional port
├── HostNotAllowed     the Host header names a host that this service does not serve
├── RepeatedHeader     a header that must be unique appears more than once
├── KeyInUrl           the URL contains a key
├── KeyRequired        the request has no key
├── InvalidKey         the key is not valid
├── SessionEnded       the browser session has ended
├── InvalidCsrfToken   a change in a session does not have its token
├── ForbiddenScope     the key does not permit the request
├── TooManyRequests    the requests with this key come too fast
├── TooManyInvalidKeys too many requests of this address had an invalid key
├── ForbiddenOrigin    a page of another site requests a change
├── NotFound           no resource has this path
│   └── UnknownSku
├── MethodNotAllowed   the resource does not support this method
├── NotAcceptable      the resource has none of the media types that the client accepts
├── CursorTooOld       the log has been pruned beyond this place in the feed
├── OtherDatabase      the place in the feed is one of another database
├── TooManyKeyStreams  too many streams are open with this key
├── TooManyStreams     too many streams are open
├── FeedStalled        a transaction keeps the end of the feed uncertain
├── BodyTooLarge       the body exceeds the maximum size
├── TooManyLines       the body exceeds the maximum number of lines
├── HeaderTooLarge     the request head exceeds the maximum size
├── HeaderTimeout      the request head did not arrive in time
├── BodyTimeout        the request body did not arrive in time
├── BodyTooSlow        the request body arrives too slowly
├── NoRoomForBody      too many large bodies are being received
├── TooManyConnections too many connections are open
├── WorkerEnded        the worker has failed, and the service is shutting down
├── InternalError      a bug of the service
└── InvalidBody        the body is not valid JSON for this request
    ├── WrongEncoding
    ├── MissingField
    ├── UnknownField
    ├── RepeatedField
    └── UnknownType
"""

from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
from typing import ClassVar, Final

from allocation.errors import InputError

CHALLENGE: Final = "WWW-Authenticate"
"""The header that names the way in which a client is to prove who it is (RFC 6750)."""


class HttpError(InputError):
    """The base class of these errors; `field` names the field or header concerned, if any."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "http_error"
    """Identifies the error to programs; unlike the message, it never changes."""
    headers: Mapping[str, str] = MappingProxyType({})
    """Headers of the response."""

    def __init__(
        self, message: str, field: str | None = None, *, pause: float | None = None
    ) -> None:
        """`pause` is the time in seconds after which the client may try again."""
        super().__init__(message)
        self.field = field
        if pause is not None:
            self.headers = {**self.headers, "Retry-After": str(ceil(pause))}


class MalformedRequest(HttpError):
    """The request is not valid HTTP, or incomplete."""

    code = "malformed_request"


class MissingHost(HttpError):
    """The HTTP/1.1 request has no Host header."""

    code = "missing_host"


class InvalidHost(HttpError):
    """The Host header is not a host with an optional port."""

    code = "invalid_host"


class HostNotAllowed(HttpError):
    """The Host header names a host that this service does not serve."""

    status = 421
    code = "host_not_allowed"


class RepeatedHeader(HttpError):
    """A header that must be unique appears more than once."""

    code = "repeated_header"


class KeyInUrl(HttpError):
    """The URL contains a key, which must be in the header Authorization only."""

    code = "key_in_url"


class KeyRequired(HttpError):
    """The request needs a key in the header Authorization, and has none."""

    status = 401
    code = "key_required"
    headers = MappingProxyType({CHALLENGE: "Bearer"})


class InvalidKey(HttpError):
    """The header Authorization has no valid key."""

    status = 401
    code = "invalid_key"
    headers = MappingProxyType({CHALLENGE: 'Bearer error="invalid_token"'})


class SessionEnded(HttpError):
    """The browser session of the cookie has ended, or there never was one."""

    status = 401
    code = "session_ended"
    headers = MappingProxyType({CHALLENGE: "Bearer"})


class InvalidCsrfToken(HttpError):
    """A change that is requested in a browser session does not have the token of the session."""

    status = 403
    code = "invalid_csrf_token"


class ForbiddenScope(HttpError):
    """The key does not permit the request; the message names the scope that it needs."""

    status = 403
    code = "forbidden_scope"
    headers = MappingProxyType({CHALLENGE: 'Bearer error="insufficient_scope"'})


class TooManyRequests(HttpError):
    """The requests with this key come faster than the service permits."""

    status = 429
    code = "too_many_requests"


class TooManyInvalidKeys(HttpError):
    """Too many requests that came from this address had an invalid key."""

    status = 429
    code = "too_many_invalid_keys"


class ForbiddenOrigin(HttpError):
    """A page of another site requests a change through its visitor's browser."""

    status = 403
    code = "forbidden_origin"


class NotFound(HttpError):
    """No resource has this path."""

    status = 404
    code = "not_found"


class UnknownSku(NotFound):
    """No product has this sku."""

    code = "unknown_sku"


class MethodNotAllowed(HttpError):
    """The resource does not support this method; the Allow header lists those it supports."""

    status = 405
    code = "method_not_allowed"


class NotAcceptable(HttpError):
    """The resource has none of the media types in the Accept header."""

    status = 406
    code = "not_acceptable"


class CursorTooOld(HttpError):
    """The log has been pruned beyond this cursor; the events after it are not complete."""

    status = 410
    code = "cursor_too_old"

    def __init__(self, message: str, first: str) -> None:
        """`first` is the cursor from which the feed is complete."""
        super().__init__(message)
        self.first = first


class OtherDatabase(HttpError):
    """The cursor is one of another database, or of one that has been restored since."""

    status = 410
    code = "other_database"

    def __init__(self, message: str, first: str) -> None:
        """`first` is the cursor from which the feed of this database is complete."""
        super().__init__(message)
        self.first = first


class TooManyKeyStreams(HttpError):
    """Too many streams are open with this key."""

    status = 429
    code = "too_many_key_streams"


class TooManyImports(HttpError):
    """Too many files of the caller are being imported on the board."""

    status = 429
    code = "too_many_imports"


class TooManyStreams(HttpError):
    """Too many streams are open at this server."""

    status = 503
    code = "too_many_streams"


class FeedStalled(HttpError):
    """A transaction that is not over keeps the end of the feed uncertain."""

    status = 503
    code = "feed_stalled"


class BodyTooLarge(HttpError):
    """The body exceeds the maximum size for this request."""

    status = 413
    code = "body_too_large"


class TooManyLines(HttpError):
    """The body exceeds the maximum number of lines."""

    status = 413
    code = "too_many_lines"


class HeaderTooLarge(HttpError):
    """The request head exceeds the maximum size."""

    status = 431
    code = "header_too_large"


class HeaderTimeout(HttpError):
    """The request head did not arrive in time."""

    status = 408
    code = "header_timeout"


class BodyTimeout(HttpError):
    """The request body did not arrive in time."""

    status = 408
    code = "body_timeout"


class BodyTooSlow(HttpError):
    """The request body arrives too slowly."""

    status = 408
    code = "body_too_slow"


class NoRoomForBody(HttpError):
    """Too many large bodies are being received."""

    status = 503
    code = "no_room_for_body"


class TooManyConnections(HttpError):
    """Too many connections are open."""

    status = 503
    code = "too_many_connections"


class WorkerEnded(HttpError):
    """The worker has failed; the process must be restarted."""

    status = 503
    code = "worker_ended"


class InternalError(HttpError):
    """A bug of the service; its log has the details."""

    status = 500
    code = "internal_error"


class InvalidBody(HttpError):
    """The body, or the line, is not a valid JSON object for this request."""

    code = "malformed_body"


class WrongEncoding(InvalidBody):
    """The body, or the line, is not encoded in UTF-8."""

    code = "wrong_encoding"


class MissingField(InvalidBody):
    """A required field is missing."""

    code = "missing_field"


class UnknownField(InvalidBody):
    """The object has a field that this message does not have."""

    code = "unknown_field"


class RepeatedField(InvalidBody):
    """A field appears more than once."""

    code = "repeated_field"


class UnknownType(InvalidBody):
    """The type of a line is not that of any incoming message."""

    code = "unknown_type"
