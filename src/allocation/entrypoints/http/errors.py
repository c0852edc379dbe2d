"""Errors of HTTP itself, and of what a body is written in; each has its status and its code.

HttpError
├── MalformedRequest   the request is not HTTP, or not all of it has come
├── MissingHost        no header `Host`
├── InvalidHost        a header `Host` that names no host
├── HostNotAllowed     the request is meant for another host
├── RepeatedHeader     a header that a request may have once, twice
├── ForbiddenOrigin    the page of another site asks for a change
├── NotFound           nothing has this address
│   ├── UnknownOrder
│   └── UnknownSku
├── MethodNotAllowed   what has this address does not take this method
├── BodyTooLarge       more bytes than a request may have
├── TooManyLines       more lines than a request may have
├── HeaderTooLarge     the head has more bytes than a request may have
├── HeaderTimeout      the head was not whole in time
├── BodyTimeout        the body was not whole in time
├── BodyTooSlow        the body comes too slowly
├── NoRoomForBody      others are sending too many large bodies
├── TooManyConnections others hold too many connections
├── WorkerEnded        the service is about to end, by a fault
├── InternalError      a fault of ours
└── InvalidBody        a body that is not the JSON asked for
    ├── WrongEncoding
    ├── MissingField
    ├── UnknownField
    ├── RepeatedField
    └── UnknownType
"""

from typing import ClassVar

from allocation.errors import InputError


class HttpError(InputError):
    """What is wrong with a request; `field` names the field or the header, where it is one."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "http_error"
    """What a program tells the error by: it never changes, whatever the message says."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class MalformedRequest(HttpError):
    """The request is not HTTP, or not all of it has come."""

    code = "malformed_request"


class MissingHost(HttpError):
    """An HTTP/1.1 request has no header Host."""

    code = "missing_host"


class InvalidHost(HttpError):
    """The header Host is not a host and, after a colon, a port."""

    code = "invalid_host"


class HostNotAllowed(HttpError):
    """The header Host names a host that this service does not answer for."""

    status = 421
    code = "host_not_allowed"


class RepeatedHeader(HttpError):
    """A header that a request may have once is there more than once."""

    code = "repeated_header"


class ForbiddenOrigin(HttpError):
    """The page of another site asks for a change, through its reader's browser."""

    status = 403
    code = "forbidden_origin"


class NotFound(HttpError):
    """There is nothing at this address."""

    status = 404
    code = "not_found"


class UnknownOrder(NotFound):
    """No order has this id."""

    code = "unknown_order"


class UnknownSku(NotFound):
    """No product has this sku."""

    code = "unknown_sku"


class MethodNotAllowed(HttpError):
    """What is at this address does not take this method; the header Allow tells which it takes."""

    status = 405
    code = "method_not_allowed"


class BodyTooLarge(HttpError):
    """The body has more bytes than such a request may have."""

    status = 413
    code = "body_too_large"


class TooManyLines(HttpError):
    """The body has more lines than a request may have."""

    status = 413
    code = "too_many_lines"


class HeaderTooLarge(HttpError):
    """The request's head has more bytes than a request may have."""

    status = 431
    code = "header_too_large"


class HeaderTimeout(HttpError):
    """The request's head was not whole in time."""

    status = 408
    code = "header_timeout"


class BodyTimeout(HttpError):
    """The request's body was not whole in time."""

    status = 408
    code = "body_timeout"


class BodyTooSlow(HttpError):
    """The request's body comes too slowly."""

    status = 408
    code = "body_too_slow"


class NoRoomForBody(HttpError):
    """Too many large bodies are received at the same time."""

    status = 503
    code = "no_room_for_body"


class TooManyConnections(HttpError):
    """There are too many connections."""

    status = 503
    code = "too_many_connections"


class WorkerEnded(HttpError):
    """The worker has come to an end; the process is to be started again."""

    status = 503
    code = "worker_ended"


class InternalError(HttpError):
    """A fault of the service; its log tells which."""

    status = 500
    code = "internal_error"


class InvalidBody(HttpError):
    """The body, or the line, is not the JSON object asked for."""

    code = "malformed_body"


class WrongEncoding(InvalidBody):
    """The body, or the line, is not in UTF-8."""

    code = "wrong_encoding"


class MissingField(InvalidBody):
    """A field that is needed is missing."""

    code = "missing_field"


class UnknownField(InvalidBody):
    """There is a field that does not belong there."""

    code = "unknown_field"


class RepeatedField(InvalidBody):
    """A field is there twice."""

    code = "repeated_field"


class UnknownType(InvalidBody):
    """A line is of a type that no message from outside has."""

    code = "unknown_type"
