"""Listing, replaying and discarding dead letters over HTTP.

Every key permits to look at them, as at every other message of the log. To replay or to discard
one takes the scope `admin`: it decides about messages of all other senders, in either scope.
"""

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from litestar import Request, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.params import FromPath

from allocation.access.scopes import Scope
from allocation.entrypoints.http.access.declarations import ACCESS
from allocation.entrypoints.http.app_state import application_of, worker_of
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.dry_runs import refuse_dry_run
from allocation.entrypoints.http.exchange import REQUEST_ID
from allocation.entrypoints.http.operations import OF_CHANGES, Documented, WithKey, failing
from allocation.entrypoints.http.requests import key_of, refuse_key
from allocation.errors import IdReused, InvalidValue, NotDiscardable, UnknownDeadLetter
from allocation.views import DeadLetterView

logger = logging.getLogger(__name__)

DEAD_LETTER_ERRORS: Final = (*OF_CHANGES, InvalidValue, UnknownDeadLetter, IdReused)


@dataclass(frozen=True, slots=True)
class Replayed:
    """The number of dead letters that were replayed."""

    replayed: int


@get("/", opt={ACCESS: Scope.READ}, operation_class=Documented, responses=failing())
async def first(request: Request[Any, Any, State]) -> list[DeadLetterView]:
    """List the first hundred dead letters, oldest first: messages whose attempts are exhausted."""
    return await sync_to_thread(application_of(request).log_views.dead_letters)


@get(
    "/{id:str}",
    opt={ACCESS: Scope.READ},
    operation_class=Documented,
    responses=failing(UnknownDeadLetter),
)
async def one(request: Request[Any, Any, State], id: FromPath[str]) -> DeadLetterView:
    """Show a dead letter, with the error of its last attempt."""
    letter = await sync_to_thread(application_of(request).log_views.dead_letter, id)
    if letter is None:
        raise UnknownDeadLetter(id)
    return letter


@post(
    "/replay",
    opt={ACCESS: Scope.ADMIN},
    status_code=200,
    operation_class=Documented,
    responses=failing(*OF_CHANGES, InvalidValue),
)
async def replay_all(request: Request[Any, Any, State]) -> Replayed:
    """Replay all dead letters; each keeps its id."""
    refuse_key(request)
    refuse_dry_run(request)
    worker, count = worker_of(request), 0
    steps = application_of(request).dead_letters.replay_all(sender=_sender(request))
    async for batch_size in worker.each(steps):
        count += batch_size
        worker.poll_now()
    log_action(request, f"all dead letters were replayed: {count}", None)
    return Replayed(count)


@post(
    "/{id:str}/replay",
    opt={ACCESS: Scope.ADMIN},
    status_code=200,
    operation_class=WithKey,
    responses=failing(*DEAD_LETTER_ERRORS),
)
async def replay(request: Request[Any, Any, State], id: FromPath[str]) -> Replayed:
    """Replay a dead letter; it keeps its id."""
    refuse_dry_run(request)
    worker, dead_letters = worker_of(request), application_of(request).dead_letters
    sender = _sender(request)
    await worker.do(partial(dead_letters.replay, id, key_of(request), sender=sender))
    log_action(request, "a dead letter was replayed", id)
    worker.poll_now()
    return Replayed(1)


@post(
    "/{id:str}/discard",
    opt={ACCESS: Scope.ADMIN},
    status_code=204,
    operation_class=WithKey,
    responses=failing(*DEAD_LETTER_ERRORS, NotDiscardable),
)
async def discard(request: Request[Any, Any, State], id: FromPath[str]) -> None:
    """Discard a dead letter for good; it stays in the log."""
    refuse_dry_run(request)
    dead_letters = application_of(request).dead_letters
    sender = _sender(request)
    await worker_of(request).do(partial(dead_letters.discard, id, key_of(request), sender=sender))
    log_action(request, "a dead letter was discarded", id)


def log_action(request: Request[Any, Any, State], text: str, id: str | None) -> None:
    """Log what an operator did, who it was, and in which request."""
    fields = {
        "request_id": request.scope.get(REQUEST_ID),
        "sender": _sender(request),
        "message_id": id,
    }
    logger.info("%s", text, extra=fields)


def _sender(request: Request[Any, Any, State]) -> str:
    return caller_of(request.scope).sender


router: Final = Router(
    "/dead-letters",
    route_handlers=[first, one, replay_all, replay, discard],
    tags=["operations"],
)
