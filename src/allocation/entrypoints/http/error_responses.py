"""Errors over HTTP: each kind has its status and its code; a body is always JSON."""

import logging
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from allocation import errors
from allocation.entrypoints.http.errors import (
    BodyTooLarge,
    HttpError,
    InternalError,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
)
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
"""The status of every error of the application that a caller can meet."""

KNOWN: Final[tuple[type[Exception], ...]] = (HttpError, *STATUSES)
"""These, and those of HTTP, which have their status themselves."""

ENDING: Final = "The service cannot go on, and ends; its log tells why"

RETRY_AFTER: Final = "1"
"""Seconds after which a refusal for lack of means (503) may be tried again."""

OF_LITESTAR: Final[dict[int, type[HttpError]]] = {
    kind.status: kind
    for kind in (MalformedRequest, NotFound, MethodNotAllowed, BodyTooLarge, InternalError)
}
"""What the framework's own errors are, by their status."""


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong: a code that never changes, for programs, and a message for people.

    `field` names the field of the body, or the header, where it is one.
    """

    code: str
    message: str
    field: str | None = None


def known(request: Request[Any, Any, Any], error: Exception) -> Response[Failure]:
    """An error of the table, or of HTTP."""
    # The worker tells of an outage itself, once, however many are answered so.
    if isinstance(error, errors.StoreUnavailable) and request.app.state.worker.outage.error is None:
        logger.error("the database cannot be read: %s", error, extra={"cause": str(error)})
    return _answer(*told(error))


def told(error: Exception) -> tuple[int, Failure]:
    """The status of an error that is known, and what is told of it."""
    kind = type(error)
    status = status_of(kind)
    field = getattr(error, "field", None) if status == 400 else None
    message = "Internal server error" if status == InternalError.status else message_of(error)
    return status, Failure(code_of(kind), message, field)


def message_of(error: Exception) -> str:
    """What is told of it; where the database's file is, is told to the log only."""
    return ENDING if isinstance(error, errors.Fatal) else str(error)


def status_of(kind: type[Exception]) -> int:
    """The status of a kind of error that is known."""
    if issubclass(kind, HttpError):
        return kind.status
    return next(STATUSES[base] for base in kind.__mro__ if base in STATUSES)


def code_of(kind: type[Exception]) -> str:
    """Its code; of a fault of ours no more is told than that it is one."""
    if status_of(kind) == InternalError.status:
        return InternalError.code
    code: str = getattr(kind, "code", InternalError.code)
    return code


def every_kind(of: type[HttpError] = HttpError) -> Iterator[type[Exception]]:
    """Every kind of error that a caller can meet."""
    if of is HttpError:
        yield from STATUSES
    else:
        yield of
    for kind in of.__subclasses__():
        yield from every_kind(kind)


def of_http(_request: Request[Any, Any, Any], error: HTTPException) -> Response[Failure]:
    """An error of the framework: no such page, no such method, too large a body."""
    kind = OF_LITESTAR.get(error.status_code, InternalError)
    answer = _answer(error.status_code, Failure(kind.code, error.detail))
    for name, value in (error.headers or {}).items():
        answer.headers[name] = with_head(value) if name.lower() == "allow" else value
    return answer


def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Failure]:
    """A fault of ours: told to the log in full, and to the caller not at all."""
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(*told(InternalError("")))


def failure_response(request: Request[Any, Any, Any], error: Exception) -> Response[Failure]:
    """What Litestar answers when this is raised."""
    handler = next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)
    response: Response[Failure] = handler(request, error)
    return response


def _answer(status: int, failure: Failure) -> Response[Failure]:
    headers = {"Retry-After": RETRY_AFTER} if status == 503 else {}
    return Response(failure, status_code=status, media_type=MediaType.JSON, headers=headers)


HANDLERS: Final[dict[int | type[Exception], Any]] = {
    **dict.fromkeys(KNOWN, known),
    HTTPException: of_http,
    Exception: unexpected,
}
