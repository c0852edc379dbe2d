"""`POST /board/clock`: in which timezone a browser's user reads times."""

from typing import Any, Final

from litestar import Request, Response, post
from litestar.datastructures import State

from allocation.entrypoints.board.addresses import ROOT
from allocation.entrypoints.board.forms import redirect
from allocation.entrypoints.board.page_request import CLOCK_COOKIE
from allocation.entrypoints.board.pages import form_options
from allocation.entrypoints.http.access.cookies import set_cookie
from allocation.entrypoints.http.access.open_sessions import check_token
from allocation.entrypoints.http.forms import form_of, local

YEAR: Final = 365 * 24 * 3600
"""Seconds for which the choice is kept."""


@post(f"{ROOT}/clock", **form_options())
async def set_clock(request: Request[Any, Any, State]) -> Response[Any]:
    """Show times in UTC, or in the application's timezone."""
    form = await form_of(request)
    check_token(request.scope, form.get("csrf"))
    value, age = ("utc", YEAR) if form.get("clock") == "utc" else ("", 0)
    response = redirect(local(form.get("back")))
    response.headers["Set-Cookie"] = set_cookie(request.scope, CLOCK_COOKIE, value, max_age=age)
    return response
