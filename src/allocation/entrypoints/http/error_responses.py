"""Maps exceptions to HTTP responses: a status, and a JSON body with a code and a message."""

import logging
from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from allocation import errors
from allocation.entrypoints.http.app_state import worker_of
from allocation.entrypoints.http.errors import (
    BodyTooLarge,
    HttpError,
    InternalError,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
)
from allocation.entrypoints.http.exchange import REQUEST_ID
from allocation.entrypoints.http.methods import with_head

logger = logging.getLogger(__name__)

STATUSES: Final[dict[type[Exception], int]] = {
    errors.InvalidValue: 400,
    errors.InvalidSku: 400,
    errors.UnknownBatch: 404,
    errors.UnknownDeadLetter: 404,
    errors.BatchConflict: 409,
    errors.LineConflict: 409,
    errors.AlreadyAllocated: 409,
    errors.UnknownOrder: 404,
    errors.UnknownLine: 404,
    errors.OrderClosed: 409,
    errors.SeveralLines: 409,
    errors.LineClosed: 409,
    errors.NotInStock: 409,
    errors.WholeLine: 409,
    errors.TooMany: 409,
    errors.LessThanShipped: 409,
    errors.BatchClosed: 409,
    errors.AlreadyReceived: 409,
    errors.BatchIsBlocked: 409,
    errors.StaleVersion: 412,
    errors.OtherProduct: 409,
    errors.NotDiscardable: 409,
    errors.UnknownKey: 404,
    errors.KeyNameTaken: 409,
    errors.SeveralKeys: 409,
    errors.KeyNotValid: 409,
    errors.IdReused: 422,
    errors.Busy: 503,
    errors.Stopping: 503,
    errors.Conflict: 503,
    errors.Locked: 503,
    errors.StoreUnavailable: 503,
    errors.Fatal: 503,
    errors.StoreLost: 503,
    errors.HandlerFailed: 500,
}
"""The status of every application error that a caller can meet."""

KNOWN: Final[tuple[type[Exception], ...]] = (HttpError, *STATUSES)
"""All errors with a status; an `HttpError` carries its own."""

SHUTTING_DOWN: Final = "The service cannot continue and is shutting down; see its log"

RETRY_AFTER: Final = "1"
"""The Retry-After header of a 503 response, in seconds."""

_HEADERS: Final[dict[int, dict[str, str]]] = {
    406: {"Vary": "Accept"},
    429: {"Retry-After": RETRY_AFTER},
    503: {"Retry-After": RETRY_AFTER},
}

FRAMEWORK_ERRORS: Final[dict[int, type[HttpError]]] = {
    kind.status: kind
    for kind in (MalformedRequest, NotFound, MethodNotAllowed, BodyTooLarge, InternalError)
}
"""The error type for an exception of the framework, by status."""


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error: a stable code for programs, and a message for people.

    `field` names the field of the body, or the header, if the error concerns one. `first` is the
    cursor from which the feed is complete, if the one of the request cannot be used any more.
    """

    code: str
    message: str
    field: str | None = None
    first: str | None = None


def handle_known(request: Request[Any, Any, Any], error: Exception) -> Response[Failure]:
    """The response to an error in `KNOWN`."""
    # The worker logs an outage itself, once, however many requests it affects.
    if isinstance(error, errors.StoreUnavailable) and worker_of(request).outage.error is None:
        logger.error("the database cannot be read: %s", error, extra={"cause": str(error)})
    return _response(*failure_of(error), failure_headers(error))


def failure_headers(error: Exception) -> dict[str, str]:
    """The headers of the response to an error in `KNOWN`, besides the usual ones."""
    status = status_of(type(error))
    headers = _HEADERS.get(status, {})
    return {**headers, **(error.headers if isinstance(error, HttpError) else {})}


def failure_of(error: Exception) -> tuple[int, Failure]:
    """The status and the body for an error in `KNOWN`."""
    kind = type(error)
    status = status_of(kind)
    field = getattr(error, "field", None) if status == 400 else None
    message = "Internal server error" if status == InternalError.status else message_of(error)
    return status, Failure(code_of(kind), message, field, getattr(error, "first", None))


def message_of(error: Exception) -> str:
    """The message for the client; that of a fatal error, which names files, is only logged."""
    return SHUTTING_DOWN if isinstance(error, errors.Fatal) else str(error)


def status_of(kind: type[Exception]) -> int:
    """The status for an error type in `KNOWN`."""
    if issubclass(kind, HttpError):
        return kind.status
    return next(STATUSES[base] for base in kind.__mro__ if base in STATUSES)


def code_of(kind: type[Exception]) -> str:
    """The code for an error type in `KNOWN`; all internal errors share one."""
    if status_of(kind) == InternalError.status:
        return InternalError.code
    code: str = getattr(kind, "code", InternalError.code)
    return code


def every_kind(of: type[HttpError] = HttpError) -> Iterator[type[Exception]]:
    """Every error type that a caller can meet."""
    if of is HttpError:
        yield from STATUSES
    else:
        yield of
    for kind in of.__subclasses__():
        yield from every_kind(kind)


def handle_http_exception(
    _request: Request[Any, Any, Any], error: HTTPException
) -> Response[Failure]:
    """The response to an exception of the framework: not found, method not allowed and so on."""
    kind = FRAMEWORK_ERRORS.get(error.status_code, InternalError)
    response = _response(error.status_code, Failure(kind.code, error.detail))
    for name, value in (error.headers or {}).items():
        response.headers[name] = with_head(value) if name.lower() == "allow" else value
    return response


def handle_validation(
    request: Request[Any, Any, Any], error: ValidationException
) -> Response[Failure]:
    """The response to a query parameter that the framework refuses: the first one, by name."""
    first, *_ = cast("list[dict[str, str]]", error.extra)
    name, reason = first["key"], first["message"]
    value = request.query_params.get(name)
    return handle_known(request, errors.InvalidValue(name, value, f"is refused: {reason}"))


def handle_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Failure]:
    """The response to a bug: details go to the log, not to the client."""
    logger.error(
        "%s %s failed",
        request.method,
        request.url.path,
        exc_info=error,
        extra={"request_id": request.scope.get(REQUEST_ID)},
    )
    return _response(*failure_of(InternalError("")))


def failure_response(request: Request[Any, Any, Any], error: Exception) -> Response[Failure]:
    """The response that Litestar would make for an exception."""
    handler = next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)
    response: Response[Failure] = handler(request, error)
    return response


def _response(
    status: int, failure: Failure, headers: dict[str, str] | None = None
) -> Response[Failure]:
    return Response(failure, status_code=status, media_type=MediaType.JSON, headers=headers)


HANDLERS: Final[dict[int | type[Exception], Any]] = {
    **dict.fromkeys(KNOWN, handle_known),
    HTTPException: handle_http_exception,
    ValidationException: handle_validation,
    Exception: handle_unexpected,
}
