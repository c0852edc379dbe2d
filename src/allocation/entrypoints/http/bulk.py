"""Many messages in one request: a line of JSON each, and a line each for the answers."""

from asyncio import sleep
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State

from allocation.bootstrap import Answer, Application, Worker
from allocation.domain.events import AllocationRequired, BatchCreated, BatchQuantityChanged, Event
from allocation.entrypoints.http import request_bodies
from allocation.entrypoints.http.bodies import room_for_body
from allocation.entrypoints.http.encodings import without_mark
from allocation.entrypoints.http.error_responses import KNOWN, failure_of
from allocation.entrypoints.http.errors import TooManyLines, UnknownType
from allocation.entrypoints.http.examples import A_BATCH, A_LINE, A_QUANTITY
from allocation.entrypoints.http.idempotency import clean_key, refuse_key
from allocation.entrypoints.http.operations import (
    NDJSON,
    OF_BODIES,
    OF_CHANGES,
    asking_for_lines,
    failing,
)
from allocation.entrypoints.http.request_bodies import Form, refuse_other_encoding
from allocation.entrypoints.http.responses import response_to
from allocation.errors import Busy, Conflict, Stopping, StoreUnavailable

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of one request; a larger one is refused with 413."""

MOST: Final = 262_144
"""Lines of one request; with more it is refused with 413."""

AT_ONCE: Final = 1024
"""Messages handed to the worker together."""

NOT_TAKEN: Final = (Busy, Stopping)
TRY_AGAIN: Final = (*NOT_TAKEN, Conflict, StoreUnavailable)


class _Head(msgspec.Struct):
    type: str
    id: str | None = None


KINDS: Final[dict[str, Form[Any]]] = {
    kind.__name__: Form(kind, beside=_Head.__struct_fields__)
    for kind in (BatchCreated, AllocationRequired, BatchQuantityChanged)
}
"""The messages that may come from outside."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the request: what it asks for, or why it asks for nothing that can be."""

    id: str | None = None
    event: Event | None = None
    error: Exception | None = None


@post(
    "/messages",
    status_code=200,
    media_type=NDJSON,
    operation_class=asking_for_lines(A_BATCH, A_LINE, A_QUANTITY),
    responses=failing(*OF_CHANGES, *OF_BODIES, UnknownType, TooManyLines),
    tags=["bulk"],
)
async def messages(request: Request[Any, Any, State]) -> Response[bytes]:
    """Handle many messages, in their order: newline-delimited JSON.

    A request has 16 MB and 262,144 lines at the most. Each line is one message: its `type`
    (BatchCreated, AllocationRequired or BatchQuantityChanged), the fields of that type, and,
    if you like, an `id`, with which it can be sent again as with the header Idempotency-Key.
    Each is answered with one line, in the same order: its `id`, the `status` that it would
    have had alone, and the `result` or the `error`. A line that is refused harms no other;
    when one cannot be handled now (503), those after it that are not done are not handled either.
    """
    refuse_key(request)
    async with room_for_body(request, LARGEST):
        lines = without_mark(await request_bodies.received(request, LARGEST))
        refuse_other_encoding(lines)
        told = await _handled(request, lines)
    return Response(b"".join(told), media_type=NDJSON)


async def _handled(request: Request[Any, Any, State], lines: bytes) -> list[bytes]:
    """The answers to the lines, in their order.

    Raises:
        TooManyLines: there are more lines than `MOST`.
        Exception: not even the first of them could be taken.
    """
    if lines.count(b"\n") > MOST:
        raise TooManyLines(f"A request has {MOST:,} lines at the most")
    sent = [line for line in lines.split(b"\n") if line.strip()]
    told, stopped = list[bytes](), None
    for start in range(0, len(sent), AT_ONCE):
        await sleep(0)  # others have their turn, also where no line asks for anything
        portion = [_read(line) for line in sent[start : start + AT_ONCE]]
        answers = await _answers(request.app.state.worker, portion, stopped)
        stopped = stopped or next(
            (a.error for a in answers if isinstance(a.error, TRY_AGAIN)), None
        )
        if start == 0 and isinstance(stopped, NOT_TAKEN):
            raise stopped
        told += await _told(portion, iter(answers), request.app.state.application)
    return told


def _read(line: bytes) -> _Line:
    try:
        head = request_bodies.read_as(_Head, line)
        id = clean_key("id", head.id)
    except Exception as error:
        return _known(error, None)
    try:
        if head.type not in KINDS:
            raise UnknownType(f"type {head.type!r:.80} is none of {', '.join(KINDS)}", "type")
        return _Line(id, KINDS[head.type].read(line))
    except Exception as error:
        return _known(error, id)


def _known(error: Exception, id: str | None) -> _Line:
    if not isinstance(error, KNOWN):
        raise error
    return _Line(id, error=error)


async def _answers(
    worker: Worker, lines: Sequence[_Line], stopped: Exception | None
) -> list[Answer]:
    """To those that ask for something; none is handled when one before was not.

    It would be refused for ever if it needs the one before, as a line needs its batch.
    """
    asked = [(line.event, line.id) for line in lines if line.event is not None]
    if stopped is None:
        try:
            return await worker.submit_all(asked)
        except NOT_TAKEN as error:
            stopped = error
    return [Answer(id or "", error=stopped) for _, id in asked]


async def _told(
    lines: Sequence[_Line], answers: Iterator[Answer], parts: Application
) -> list[bytes]:
    return [
        await _answer(line, next(answers) if line.event is not None else None, parts)
        for line in lines
    ]


async def _answer(line: _Line, answer: Answer | None, parts: Application) -> bytes:
    said: dict[str, Any] = {"id": line.id if answer is None else answer.id}
    try:
        if line.event is None or answer is None:
            raise line.error or AssertionError
        said["status"], said["result"] = await response_to(line.event, answer, parts.views)
    except KNOWN as error:
        said["status"], said["error"] = failure_of(error)
    return msgspec.json.encode(said) + b"\n"
