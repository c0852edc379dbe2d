"""`POST /board/example-shop`: the batches and orders of an invented shop, to try the board with."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from typing import Any, Final

from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State

from allocation.access.scopes import Scope
from allocation.bootstrap import Application
from allocation.demo.sampler import Sampler
from allocation.demo.shop import YEAR, Period, batches, order_lines
from allocation.domain.events import AllocationRequired, BatchCreated, Event
from allocation.entrypoints.board.addresses import ROOT
from allocation.entrypoints.board.forms import redirect
from allocation.entrypoints.board.page_request import Page
from allocation.entrypoints.board.pages import form_options, show
from allocation.entrypoints.http.access.open_sessions import check_token
from allocation.entrypoints.http.app_state import application_of, worker_of
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.error_responses import (
    failure_headers,
    failure_of,
)
from allocation.entrypoints.http.forms import form_of
from allocation.errors import Conflict, MessagingError, StoreUnavailable

ADDRESS: Final = f"{ROOT}/example-shop"

SEED: Final = 1
DAYS: Final = 30
LINES: Final = 300
"""How many order lines have come in during so many days."""

PREFIX: Final = "EX-"
"""What all names of the shop begin with: the files in `examples/shop` have the same ones without
it, and can still be imported."""


KEY: Final = "example-shop-"
"""What the idempotency keys of its messages begin with: it can be loaded again, if that failed."""


def example_shop(today: date) -> Iterator[Event]:
    """The batches of the shop, with shipments in the next months, and its order lines."""
    sampler = Sampler(SEED)
    lines = order_lines(sampler, Period(today, DAYS, LINES))
    later = today - YEAR.first_day
    for batch in batches(sampler, lines):
        eta = None if batch.eta is None else batch.eta + later
        yield BatchCreated(f"{PREFIX}{batch.ref}", f"{PREFIX}{batch.sku}", batch.qty, eta)
    for line in lines:
        yield AllocationRequired(f"{PREFIX}{line.orderid}", f"{PREFIX}{line.sku}", line.qty)


# It has messages of both scopes.
@post(ADDRESS, **form_options(Scope.ADMIN))
async def load_example_shop(request: Request[Any, Any, State]) -> Response[Any]:
    """Load the shop into an empty database, or the rest of it; anywhere else, nothing changes."""
    check_token(request.scope, (await form_of(request)).get("csrf"))
    application, worker = application_of(request), worker_of(request)
    if await sync_to_thread(application.log_views.has_others_than, KEY):
        return redirect("/")  # somebody has begun meanwhile
    messages = _with_keys(example_shop(await sync_to_thread(_first_day, application)))
    submission = worker.new_submission("example shop")
    answers = await worker.submit_all(messages, submission, sender=caller_of(request.scope).sender)
    with suppress(Conflict, StoreUnavailable):
        await worker.end_submission(submission)
    # Some lines of the shop are for products without a batch: to be refused is their answer.
    error = next((a.error for a in answers if isinstance(a.error, MessagingError)), None)
    if error is None:
        return redirect("/")
    response = await show(request, _incomplete_page(error))
    response.headers.update(failure_headers(error))
    return response


def _first_day(application: Application) -> date:
    """The day for which the shop is made: that of its first message, if it has one already.

    So its messages are the same when the rest of them is loaded.
    """
    first = application.log_views.chains.message(f"{KEY}1")
    if first is None:
        return application.today()
    return first.at.astimezone(application.timezone).date()


def _incomplete_page(error: Exception) -> Page:
    status, failure = failure_of(error)
    title = "The example shop is not complete"
    context = {"title": title, "message": failure.message, "address": ADDRESS}
    return Page("example_shop.html", context, status)


def _with_keys(events: Iterable[Event]) -> list[tuple[object, str | None]]:
    return [(event, f"{KEY}{number}") for number, event in enumerate(events, start=1)]
