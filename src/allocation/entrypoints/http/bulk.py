"""Many messages per request: one JSON object per line, answered by one line each."""

from asyncio import sleep
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, repeat
from typing import Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from allocation.bootstrap import (
    MOST_IN_DRY_RUN,
    Answer,
    Application,
    DryAnswer,
    Registry,
)
from allocation.entrypoints.http import request_bodies
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.access.gate import Gate
from allocation.entrypoints.http.app_state import application_of, worker_of
from allocation.entrypoints.http.bodies import room_for_body
from allocation.entrypoints.http.bulk_lines import Forms, Line
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.dry_runs import is_dry_run
from allocation.entrypoints.http.encodings import without_mark
from allocation.entrypoints.http.error_responses import KNOWN, failure_of
from allocation.entrypoints.http.errors import ForbiddenScope, TooManyLines, UnknownType
from allocation.entrypoints.http.operations import (
    NDJSON,
    OF_BODIES,
    OF_CHANGES,
    failing,
    with_lines_body,
)
from allocation.entrypoints.http.request_bodies import refuse_other_encoding
from allocation.entrypoints.http.requests import refuse_key
from allocation.entrypoints.http.writes import response_to, scope_of
from allocation.errors import Busy, Conflict, Fatal, Stopping, StoreUnavailable

LARGEST: Final = 16 * 1024 * 1024
"""The maximum size of a request in bytes; a larger one is refused with 413."""

MOST: Final = 262_144
"""The maximum number of lines of a request; with more it is refused with 413."""

AT_ONCE: Final = 1024
"""The number of messages submitted to the worker together."""

NOT_TAKEN: Final = (Busy, Stopping)
TRY_AGAIN: Final = (*NOT_TAKEN, Conflict, StoreUnavailable)


DESCRIPTION: Final = """\
Handle many messages per request, one JSON object per line, in their order.

A request has at most 16 MB and 262,144 lines. Each line is one message: its `type` ({}), the \
fields of that type, and, optionally, an `id`, which is the idempotency key. The response has one \
line for each, in the same order: the `id`, the `status` that the message would have had in a \
request of its own, and the `result` or the `error`. A refused line does not affect the others, \
nor does one that the key does not permit (403). If a line cannot be handled now (503), later \
lines with the same sku or batch are not handled either, and other later lines may not be.

In a dry run, each line is answered as it would be after the lines before it. Of a long request, \
the first 10,000 lines are tried; the `result` of a later one has `complete` false, and \
nothing else."""


def route(registry: Registry) -> HTTPRouteHandler:
    """The route of `POST /messages`."""
    forms = Forms(registry)

    @post(
        "/messages",
        opt={ACCESS: frozenset(map(scope_of, registry.incoming.values()))},
        status_code=200,
        media_type=NDJSON,
        operation_id="messages",
        summary="Handle many messages",
        description=DESCRIPTION.format(" or ".join(registry.incoming)),
        operation_class=with_lines_body(registry.incoming.values()),
        responses=failing(*OF_CHANGES, *OF_BODIES, UnknownType, TooManyLines),
        tags=["bulk"],
    )
    async def messages(request: Request[Any, Any, State]) -> Response[bytes]:
        refuse_key(request)
        answer = _tried if is_dry_run(request) else _handled
        async with room_for_body(request, LARGEST):
            lines = without_mark(await request_bodies.received(request, LARGEST))
            refuse_other_encoding(lines)
            answers = await answer(request, forms, _split(lines))
        return Response(b"".join(answers), media_type=NDJSON)

    return messages


def _split(lines: bytes) -> list[bytes]:
    """The lines of a request, without empty ones.

    Raises:
        TooManyLines: there are more lines than `MOST`.
    """
    if lines.count(b"\n") > MOST:
        raise TooManyLines(f"A request may have at most {MOST:,} lines")
    return [line for line in lines.split(b"\n") if line.strip()]


async def _tried(
    request: Request[Any, Any, State], forms: Forms, sent: Sequence[bytes]
) -> list[bytes]:
    """Make one dry run of the lines, and return the responses to them in order.

    Raises:
        Busy: too many dry runs are waiting.
        Stopping: the worker is stopping.
        Locked: follow-ups that come before them cannot be handled now.
    """
    lines, caller = list[Line](), caller_of(request.scope)
    for start in range(0, len(sent), AT_ONCE):
        await sleep(0)
        lines += [forms.read(line, caller) for line in sent[start : start + AT_ONCE]]
    worker = worker_of(request)
    messages = [(line.event, line.id) for line in lines if line.event is not None]
    answers = chain(await worker.dry_run(messages[:MOST_IN_DRY_RUN]), repeat(DryAnswer()))
    responses = list[bytes]()
    for start in range(0, len(lines), AT_ONCE):
        await sleep(0)
        responses += await _responses(lines[start : start + AT_ONCE], answers, _parts(request))
    return responses


async def _handled(
    request: Request[Any, Any, State], forms: Forms, sent: Sequence[bytes]
) -> list[bytes]:
    """Handle the lines, and return the responses to them in order.

    Raises:
        Busy: the worker accepted none of the lines.
        Stopping: the worker accepted none of the lines.
    """
    worker = worker_of(request)
    submission = worker.new_submission("POST /messages")
    responses = await _responses_to_all(request, forms, sent, submission)
    with suppress(Conflict, StoreUnavailable, Fatal):
        await worker.end_submission(submission)
    return responses


async def _responses_to_all(
    request: Request[Any, Any, State], forms: Forms, sent: Sequence[bytes], submission: str
) -> list[bytes]:
    caller = caller_of(request.scope)
    responses, stopped = list[bytes](), None
    for start in range(0, len(sent), AT_ONCE):
        await sleep(0)  # let other requests run, even if all lines of a portion are invalid
        portion = [forms.read(line, caller) for line in sent[start : start + AT_ONCE]]
        _note_forbidden(request, portion)
        answers = await _answers(request, portion, submission, stopped)
        stopped = stopped or next(
            (a.error for a in answers if isinstance(a.error, TRY_AGAIN)), None
        )
        if start == 0 and isinstance(stopped, NOT_TAKEN):
            raise stopped
        responses += await _responses(portion, iter(answers), _parts(request))
    return responses


def _note_forbidden(request: Request[Any, Any, State], lines: Iterable[Line]) -> None:
    """Count the lines that the key does not permit, as refused requests are counted."""
    gate: Gate = request.app.gate  # type: ignore[attr-defined]  # an `HttpService`
    for line in lines:
        if isinstance(line.error, ForbiddenScope):
            gate.note(request.scope, line.error, caller_of(request.scope).sender)


async def _answers(
    request: Request[Any, Any, State],
    lines: Sequence[Line],
    submission: str,
    stopped: Exception | None,
) -> list[Answer]:
    """Submit the valid lines; once a line could not be handled, no later line is handled.

    A later message may depend on an earlier one, as an order line depends on its batch. Handled
    without it, the message would be refused for good.
    """
    worker = worker_of(request)
    messages = [(line.event, line.id) for line in lines if line.event is not None]
    if stopped is None:
        try:
            sender = caller_of(request.scope).sender
            return await worker.submit_all(messages, submission, sender=sender)
        except NOT_TAKEN as error:
            stopped = error
    return [Answer(id or "", error=stopped) for _, id in messages]


async def _responses(
    lines: Sequence[Line], answers: Iterator[Answer | DryAnswer], parts: Application
) -> list[bytes]:
    return [
        await _response(line, next(answers) if line.event is not None else None, parts)
        for line in lines
    ]


async def _response(line: Line, answer: Answer | DryAnswer | None, parts: Application) -> bytes:
    # A dry run has no message with a new id that could be asked for later.
    response: dict[str, Any] = {"id": answer.id if isinstance(answer, Answer) else line.id}
    try:
        if line.event is None or line.incoming is None or answer is None:
            raise line.error or AssertionError
        response["status"], response["result"] = await response_to(
            line.incoming, line.event, answer, parts
        )
    except KNOWN as error:
        response["status"], response["error"] = failure_of(error)
    return msgspec.json.encode(response) + b"\n"


def _parts(request: Request[Any, Any, State]) -> Application:
    return application_of(request)
