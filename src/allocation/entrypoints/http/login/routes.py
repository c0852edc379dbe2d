"""`GET /login`, `POST /login`, `POST /logout` and `GET /session`."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hmac import compare_digest
from pathlib import Path
from secrets import token_urlsafe
from typing import Annotated, Any, Final

from jinja2 import Environment, FileSystemLoader
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import QueryParameter

from allocation.access.scopes import Scope
from allocation.access.sessions import SessionSecret
from allocation.entrypoints.http.access.cookies import cookie_in, session_name, set_cookie
from allocation.entrypoints.http.access.declarations import ACCESS, PUBLIC
from allocation.entrypoints.http.access.gate import Gate
from allocation.entrypoints.http.access.open_sessions import CSRF, check_token, session_of
from allocation.entrypoints.http.app_state import application_of, worker_of
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.errors import HttpError, InvalidCsrfToken
from allocation.entrypoints.http.forms import form_of, local
from allocation.entrypoints.http.operations import Documented, failing
from allocation.entrypoints.http.requests import headers_of

FORM_COOKIE: Final = "allocation_form"
"""The cookie that ties the form of the login to the browser that was given it."""

FORM_SECONDS: Final = 3600
FORM_TOKEN_BYTES: Final = 24
_FORM_TOKEN: Final = re.compile(r"[\w-]{32}", re.ASCII)

_FOLDER: Final = Path(__file__).parent
_PAGE: Final = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True).get_template(
    "login.html"
)
_STYLE: Final = (_FOLDER / "login.css").read_bytes()
_NEXT: Final = QueryParameter(description="The page to go to after the login")


@dataclass(frozen=True, slots=True)
class SessionView:
    """Who makes the request.

    `csrf_token` belongs into the header `X-CSRF-Token` of every change that is requested in a
    browser session, which ends at `expires_at` unless it is used; both are null without a session.
    """

    sender: str
    scopes: list[Scope]
    csrf_token: str | None
    expires_at: datetime | None


@get(
    "/session",
    opt={ACCESS: Scope.READ},
    operation_class=Documented,
    responses=failing(),
    tags=["operations"],
)
async def session(request: Request[Any, Any, State]) -> SessionView:
    """Who makes the request, and what they may do."""
    caller, opened = caller_of(request.scope), session_of(request.scope)
    scopes = [scope for scope in Scope if scope in caller.permitted]
    if opened is None:
        return SessionView(caller.sender, scopes, None, None)
    ends_at = _gate(request).sessions.end_of(opened.stored)
    return SessionView(caller.sender, scopes, opened.secret.csrf_token, ends_at)


@get("/login", opt={ACCESS: PUBLIC}, include_in_schema=False)
async def login_page(
    request: Request[Any, Any, State], next: Annotated[str | None, _NEXT] = None
) -> Response[str]:
    """The form in which an access key is given."""
    return _page(request, local(next))


@get("/login.css", opt={ACCESS: PUBLIC}, include_in_schema=False)
async def login_style() -> Response[bytes]:
    """The style sheet of the page."""
    headers = {"Cache-Control": "max-age=3600"}
    return Response(_STYLE, media_type="text/css", headers=headers)


@post("/login", opt={ACCESS: PUBLIC, CSRF: "form"}, include_in_schema=False)
async def login(request: Request[Any, Any, State]) -> Response[Any]:
    """Open a session for a key."""
    form = await form_of(request)
    place, token = local(form.get("next")), cookie_in(headers_of(request.scope), FORM_COOKIE)
    if not token or not compare_digest(token.encode(), form.get("csrf", "").encode()):
        error: HttpError = InvalidCsrfToken("The form has expired: send it again")
        return _page(request, place, error)
    gate = _gate(request)
    try:
        entry = await gate.log_in(request.scope, form.get("key", "").strip())
    except HttpError as error:
        return _page(request, place, error)
    application = application_of(request)
    worker = worker_of(request)
    before = session_of(request.scope)
    if before is not None:
        await worker.do(partial(application.sessions.end, before.stored.digest))
    secret: SessionSecret = await worker.do(partial(application.sessions.open, entry.key.prefix))
    await gate.ring.refreshed()
    return _redirect(request, place, str(secret))


@post("/logout", opt={ACCESS: Scope.READ, CSRF: "form"}, include_in_schema=False)
async def logout(request: Request[Any, Any, State]) -> Response[None]:
    """End the session, on every server within a second.

    Raises:
        InvalidCsrfToken: the form does not have the token of the session.
    """
    check_token(request.scope, (await form_of(request)).get("csrf"))
    opened = session_of(request.scope)
    if opened is not None:
        application = application_of(request)
        worker = worker_of(request)
        await worker.do(partial(application.sessions.end, opened.stored.digest))
        await _gate(request).ring.refreshed()
    return _redirect(request, "/login", None)


def _page(
    request: Request[Any, Any, State], place: str, error: HttpError | None = None
) -> Response[str]:
    opened, form_token = session_of(request.scope), _form_token(request)
    shown = {
        "next": place,
        "error": None if error is None else str(error),
        "sender": None if opened is None else caller_of(request.scope).sender,
        "is_open": _gate(request).ring.latest.is_open,
        "csrf": form_token if opened is None else opened.secret.csrf_token,
    }
    headers = {} if error is None else dict(error.headers)
    status = 200 if error is None else error.status
    response = Response(
        _PAGE.render(shown),
        status_code=status,
        media_type="text/html",
        headers=headers,
    )
    response.headers["Set-Cookie"] = set_cookie(
        request.scope, FORM_COOKIE, form_token, path="/login", max_age=FORM_SECONDS
    )
    return response


def _form_token(request: Request[Any, Any, State]) -> str:
    """The token of the browser's form: that of a form in another tab, so that both can be sent."""
    token = cookie_in(headers_of(request.scope), FORM_COOKIE)
    return token if token and _FORM_TOKEN.fullmatch(token) else token_urlsafe(FORM_TOKEN_BYTES)


def _redirect(request: Request[Any, Any, State], place: str, secret: str | None) -> Response[None]:
    name = session_name(request.scope)
    max_age = 0 if secret is None else None
    cookie = set_cookie(request.scope, name, secret or "", max_age=max_age)
    headers = {"Location": place, "Set-Cookie": cookie}
    return Response(None, status_code=303, headers=headers)


def _gate(request: Request[Any, Any, State]) -> Gate:
    gate: Gate = request.app.gate  # type: ignore[attr-defined]  # an `HttpService`
    return gate


ROUTES: Final = (session, login_page, login_style, login, logout)
