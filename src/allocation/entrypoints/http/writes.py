"""The write routes: a POST for each incoming message type, derived from its registry entry."""

from inspect import getdoc
from typing import Any, Final, cast

from litestar import Request, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from allocation.access.scopes import Scope
from allocation.bootstrap import (
    Answer,
    Application,
    DryAnswer,
    Incoming,
    MessageType,
    Outcome,
    Registry,
    ReplyBody,
    Worker,
    body_types,
    dry_bodies,
)
from allocation.domain.events import Event
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.dry_runs import is_dry_run
from allocation.entrypoints.http.error_responses import KNOWN
from allocation.entrypoints.http.exchange import MESSAGE_ID
from allocation.entrypoints.http.fast_path import JsonAnswer, OnFastPath
from allocation.entrypoints.http.operations import OF_BODIES, OF_CHANGES, failing, with_event_body
from allocation.entrypoints.http.request_bodies import Form, received
from allocation.entrypoints.http.requests import key_of
from allocation.errors import IdReused, RegistryError

LARGEST_BODY: Final = 64 * 1024
"""The maximum size of a body in bytes; a larger request is refused with 413."""

STATUS: Final = {Outcome.CREATED: 201, Outcome.ACCEPTED: 202, Outcome.DONE: 200}
"""The HTTP status of each outcome."""

OF_MESSAGES: Final = (*OF_CHANGES, *OF_BODIES, IdReused)


def routes(registry: Registry) -> list[HTTPRouteHandler]:
    """The routes of all incoming message types.

    Raises:
        RegistryError: a refusal of one of the types has no status, or its scope does not exist.
    """
    return [_route(entry) for entry in registry.incoming.values()]


def _route(entry: MessageType[Any]) -> HTTPRouteHandler:
    incoming, form = entry.as_incoming, Form(entry.type)
    for refusal in incoming.refusals:
        if not issubclass(refusal, KNOWN):
            raise RegistryError(
                f"{entry.name} is refused with {refusal.__name__}, which has no status "
                "(entrypoints/http/error_responses.py)"
            )

    async def write(request: Request[Any, Any, State]) -> JsonAnswer[Any]:
        dry_run = is_dry_run(request)
        event = form.read(await received(request, LARGEST_BODY))
        state, key = request.app.state, key_of(request)
        worker: Worker = state.worker
        answer: Answer | DryAnswer
        if dry_run:
            [answer] = await worker.dry_run([(event, key)])
        else:
            answer = await worker.submit(event, key, sender=caller_of(request.scope).sender)
            request.scope[MESSAGE_ID] = answer.id  # type: ignore[typeddict-unknown-key]
        status, content = await response_to(incoming, event, answer, state.application)
        return JsonAnswer(content, status)

    bodies = _bodies(incoming)
    usual, body = next(iter(bodies.items()))
    write.__name__ = incoming.verb
    write.__annotations__["return"] = JsonAnswer[body]  # type: ignore[valid-type]  # for the document
    route = post(
        f"/{incoming.verb}",
        opt={ACCESS: scope_of(entry)},
        middleware=[OnFastPath],
        status_code=STATUS[usual],
        operation_id=incoming.verb,
        summary=incoming.summary,
        description=incoming.description or getdoc(entry.type),
        response_description=_meaning(body),
        operation_class=with_event_body(entry),
        responses={
            **{STATUS[o]: _response(other) for o, other in bodies.items() if o != usual},
            **failing(*OF_MESSAGES, *incoming.refusals),
        },
        tags=[incoming.tag] if incoming.tag else None,
    )
    return route(write)


def scope_of(entry: MessageType[Any]) -> Scope:
    """The scope that the senders of an incoming message type need.

    Raises:
        RegistryError: there is no such scope.
    """
    name = entry.as_incoming.scope
    try:
        return Scope(name)
    except ValueError:
        scopes = ", ".join(Scope)
        raise RegistryError(f"the scope of {entry.name}, {name!r}, is none of {scopes}") from None


def _bodies(incoming: Incoming[Any]) -> dict[Outcome, ReplyBody]:
    """The bodies by outcome, the usual outcome first; a dry run is always `DONE`."""
    bodies = dict(incoming.replies)
    for dry_body in dry_bodies(incoming):
        done = bodies.get(Outcome.DONE)
        bodies[Outcome.DONE] = dry_body if done is None else done | dry_body
    return bodies


async def response_to(
    incoming: Incoming[Any], event: Event, answer: Answer | DryAnswer, application: Application
) -> tuple[int, Any]:
    """The status and the body for the sender of an event, or of a dry run of one.

    Raises:
        Exception: the refusal or the failure, if there was one.
    """
    if isinstance(answer, DryAnswer):
        if answer.recorded is None:
            outcome, body = application.present_dry_run(incoming, event, answer)
            return STATUS[outcome], body
        answer = answer.recorded
    if incoming.reads_facts:  # queries the database, which would block the event loop
        outcome, body = await sync_to_thread(application.present, incoming, event, answer)
    else:
        outcome, body = incoming.present(event, answer.result, None)
    return STATUS[outcome], body


def _response(body: ReplyBody) -> ResponseSpec:
    return ResponseSpec(cast("type", body), generate_examples=False, description=_meaning(body))


def _meaning(body: ReplyBody) -> str:
    usual, *_ = body_types(body)
    return (getdoc(usual) or usual.__name__).partition("\n")[0]
