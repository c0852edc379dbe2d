"""`/board/failures/replay` and `/board/failures/discard`: the count first, then the action."""

from collections.abc import Mapping
from functools import partial
from secrets import token_urlsafe
from typing import Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from allocation.access.scopes import Scope
from allocation.entrypoints.board.addresses import FAILURES, message_page
from allocation.entrypoints.board.forms import redirect, with_note
from allocation.entrypoints.board.letter_selection import Act, Selection, counted_letters
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import (
    form_options,
    page_options,
    respond_uncached,
    show,
)
from allocation.entrypoints.board.previews import refused_page
from allocation.entrypoints.http.access.open_sessions import check_token
from allocation.entrypoints.http.app_state import application_of, worker_of
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.dead_letters import log_action
from allocation.entrypoints.http.error_responses import KNOWN
from allocation.entrypoints.http.forms import form_of
from allocation.entrypoints.http.parameters import number_of
from allocation.entrypoints.http.requests import clean_key
from allocation.views import FailureKind

_DONE: dict[Act, str] = {"replay": "replayed", "discard": "discarded"}


def routes() -> list[HTTPRouteHandler]:
    """The routes of both actions."""
    acts: tuple[Act, ...] = ("replay", "discard")
    return [route for act in acts for route in (_count_route(act), _act_route(act))]


def _count_route(act: Act) -> HTTPRouteHandler:
    async def count(request: Request[Any, Any, State]) -> Response[bytes]:
        return await respond_uncached(request, partial(_confirmation, act=act))

    count.__name__ = f"count_to_{act}"
    return get(f"{FAILURES}/{act}", **page_options(Scope.ADMIN))(count)


def _confirmation(asked: PageRequest, act: Act) -> Page:
    """The page that says how many dead letters there are, and asks whether to go on."""
    back = FAILURES
    try:
        selection = Selection.of(asked.query, act)
        back = selection.back
        count, what, through = counted_letters(asked.application, selection, act)
    except KNOWN as error:
        return refused_page(asked.application, None, error, back)
    context = {
        "title": f"{act.capitalize()} dead letters",
        "section": "Messages",
        "act": act,
        "selection": selection,
        "count": count,
        "what": what,
        "through": through,
        "key": f"board-{token_urlsafe(16)}",
        "back": back,
        "action": f"{FAILURES}/{act}",
    }
    return Page("resolve.html", context)


def _act_route(act: Act) -> HTTPRouteHandler:
    async def resolve(request: Request[Any, Any, State]) -> Response[Any]:
        form = await form_of(request)
        check_token(request.scope, form.get("csrf"))
        back = FAILURES
        try:
            selection = Selection.of(form, act)
            back = selection.back
            if selection.id is None:
                place = await _resolve_all(request, act, selection.kind, form)
            else:
                place = await _resolve_one(request, act, selection.id, form)
        except KNOWN as error:
            return await show(request, refused_page(application_of(request), None, error, back))
        worker_of(request).poll_now()
        return redirect(place)

    resolve.__name__ = act
    return post(f"{FAILURES}/{act}", **form_options(Scope.ADMIN))(resolve)


async def _resolve_one(
    request: Request[Any, Any, State], act: Act, id: str, form: Mapping[str, str]
) -> str:
    """Replay or discard a dead letter; the address of its page, with a note of that."""
    dead_letters = application_of(request).dead_letters
    resolve = dead_letters.replay if act == "replay" else dead_letters.discard
    key = clean_key("key", form.get("key") or None) or f"board-{token_urlsafe(16)}"
    sender = caller_of(request.scope).sender
    await worker_of(request).do(partial(resolve, id, key, sender=sender))
    log_action(request, f"a dead letter was {_DONE[act]}", id)
    return with_note(message_page(id), key)


async def _resolve_all(
    request: Request[Any, Any, State], act: Act, kind: FailureKind | None, form: Mapping[str, str]
) -> str:
    """Replay or discard those that were counted; the address of the page that says how many."""
    application, through = application_of(request), number_of(form.get("through", ""))
    choose = partial(application.log_views.failures.chosen, kind, through=through)
    chosen, dead_letters = await sync_to_thread(choose), application.dead_letters
    resolve = dead_letters.replay_each if act == "replay" else dead_letters.discard_each
    count, steps = 0, resolve(chosen.ids, sender=caller_of(request.scope).sender)
    async for batch_size in worker_of(request).each(steps):
        count += batch_size
        worker_of(request).poll_now()
    log_action(request, f"dead letters were {_DONE[act]}: {count}", None)
    return f"{FAILURES}?{_DONE[act]}={count}"
