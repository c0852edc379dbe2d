"""Errors over HTTP: each kind has its status, in one table; a body is always JSON."""

import logging
from dataclasses import dataclass
from typing import Any, Final

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from allocation import errors
from allocation.entrypoints.http.body import InvalidBody

logger = logging.getLogger(__name__)

STATUSES: Final[dict[type[Exception], int]] = {
    InvalidBody: 400,
    errors.InvalidValue: 400,
    errors.InvalidSku: 400,
    errors.UnknownBatch: 404,
    errors.UnknownDeadLetter: 404,
    errors.BatchConflict: 409,
    errors.LineConflict: 409,
    errors.IdReused: 422,
    errors.Busy: 503,
    errors.Stopping: 503,
    errors.Conflict: 503,
    errors.StoreUnavailable: 503,
    errors.HandlerFailed: 500,
}
"""The status of every error that a caller can meet."""

RETRY_AFTER: Final = "1"
"""Seconds after which a refusal for lack of means (503) may be tried again."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, and with which field of the request, where it is one."""

    message: str
    field: str | None = None


def known(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, str]]:
    """An error of the table."""
    # The worker tells of an outage itself, once, however many are answered so.
    if isinstance(error, errors.StoreUnavailable) and request.app.state.worker.outage.error is None:
        logger.error("the database cannot be read: %s", error, extra={"cause": str(error)})
    status, failure = told(error)
    return _answer(status, failure.message, failure.field)


def told(error: Exception) -> tuple[int, Failure]:
    """The status of an error of the table, and what is told of it."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    field = getattr(error, "field", None) if status == 400 else None
    return status, Failure("Internal server error" if status == 500 else str(error), field)


def of_http(_request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, str]]:
    """An error of HTTP itself: no such page, no such method, too large a body."""
    answer = _answer(error.status_code, error.detail, None)
    answer.headers.update(error.headers or {})
    return answer


def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, str]]:
    """A fault of ours: told to the log in full, and to the caller not at all."""
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(500, "Internal server error", None)


def _answer(status: int, message: str, field: str | None) -> Response[dict[str, str]]:
    content = {"message": message} if field is None else {"message": message, "field": field}
    headers = {"Retry-After": RETRY_AFTER} if status == 503 else {}
    return Response(content, status_code=status, media_type=MediaType.JSON, headers=headers)


HANDLERS: Final[dict[int | type[Exception], Any]] = {
    **dict.fromkeys(STATUSES, known),
    HTTPException: of_http,
    Exception: unexpected,
}
