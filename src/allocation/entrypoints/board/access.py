"""`/board/access`: the access keys, and who has sent what."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from allocation.access.keys import AccessKey
from allocation.access.scopes import Scope
from allocation.entrypoints.board.addresses import ROOT
from allocation.entrypoints.board.key_forms import SCOPE
from allocation.entrypoints.board.page_request import Page, PageRequest
from allocation.entrypoints.board.pages import page_options, respond_uncached
from allocation.entrypoints.http.access.gate import Gate
from allocation.entrypoints.key_details import DEFAULT_OVERLAP, KeyDetails, details
from allocation.errors import UnknownKey
from allocation.views.senders import SEARCHED

MEANINGS: Final = {
    Scope.READ: "see everything but the keys",
    Scope.ORDERS: "send the messages about orders, and read",
    Scope.STOCK: "send the messages about stock, and read",
    Scope.ADMIN: "everything, including failed messages and keys",
}
"""What each scope permits."""


@get(f"{ROOT}/access", **page_options(Scope.ADMIN))
async def access(request: Request[Any, Any, State]) -> Response[bytes]:
    """The access keys, and the senders of the latest messages."""
    gate = gate_of(request)
    return await respond_uncached(request, lambda asked: access_page(asked, gate))


@get(f"{ROOT}/access/{{prefix:str}}/rotate", **page_options(Scope.ADMIN))
async def rotation(request: Request[Any, Any, State], prefix: FromPath[str]) -> Response[bytes]:
    """Ask how a key is to be replaced."""
    return await respond_uncached(request, lambda asked: _rotation(asked, prefix))


@get(f"{ROOT}/access/{{prefix:str}}/revoke", **page_options(Scope.ADMIN))
async def revocation(request: Request[Any, Any, State], prefix: FromPath[str]) -> Response[bytes]:
    """Ask whether a key is to be revoked, and say what that comes to."""
    gate = gate_of(request)
    return await respond_uncached(request, lambda asked: _revocation(asked, gate, prefix))


def gate_of(request: Request[Any, Any, State]) -> Gate:
    """The gate of the service."""
    gate: Gate = request.app.gate  # type: ignore[attr-defined]  # an `HttpService`
    return gate


def access_page(
    asked: PageRequest,
    gate: Gate,
    form: Mapping[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Page:
    """The page of access.

    `form` has the values of a form that was refused, and `problem` says why.
    """
    keys = _every_key(asked)
    is_open = gate.ring.latest.is_open
    context = {
        "title": "Access",
        "section": "Access",
        "is_open": is_open,
        "form": {f"{SCOPE}{Scope.ADMIN}": "1"} if form is None and is_open else form or {},
        "problem": problem,
        "keys": [key for key in keys if key.state == "valid"],
        "former_keys": [key for key in reversed(keys) if key.state != "valid"],
        "sessions": gate.sessions.counts(),
        "meanings": MEANINGS,
        "scope_field": SCOPE,
        "searched": SEARCHED,
        "senders": asked.application.log_views.senders.latest(),
    }
    return Page("access.html", context, status)


def _rotation(asked: PageRequest, prefix: str) -> Page:
    context = {
        "title": "Rotate a key",
        "section": "Access",
        "key": _key(asked, prefix),
        "overlap_days": DEFAULT_OVERLAP.days,
    }
    return Page("rotate_key.html", context)


def _revocation(asked: PageRequest, gate: Gate, prefix: str) -> Page:
    key = _key(asked, prefix)
    others = [each for each in _every_key(asked) if each.prefix != prefix]
    context = {
        "title": "Revoke a key",
        "section": "Access",
        "key": key,
        "is_own": asked.caller.prefix == prefix,
        "is_last_admin": Scope.ADMIN in key.scopes and not any(map(_is_admin, others)),
        "session_count": gate.sessions.counts()[prefix],
    }
    return Page("revoke_key.html", context)


def _is_admin(key: KeyDetails) -> bool:
    return key.state == "valid" and Scope.ADMIN in key.scopes


def _key(asked: PageRequest, prefix: str) -> KeyDetails:
    """The key with this prefix.

    Raises:
        UnknownKey: there is none.
    """
    for key in _every_key(asked):
        if key.prefix == prefix:
            return key
    raise UnknownKey(prefix)


def _every_key(asked: PageRequest) -> list[KeyDetails]:
    keys: list[AccessKey] = asked.application.keys.all()
    return [KeyDetails(**details(key, asked.now)) for key in keys]
