"""`POST /board/access/...`: creates, rotates and revokes access keys."""

from functools import partial
from typing import Any, Final

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.params import FromPath

from allocation.access.scopes import Scope
from allocation.entrypoints.board.access import access_page, gate_of
from allocation.entrypoints.board.addresses import ROOT
from allocation.entrypoints.board.forms import redirect
from allocation.entrypoints.board.key_forms import first_key_of, new_key_of, overlap_of
from allocation.entrypoints.board.page_request import Page
from allocation.entrypoints.board.pages import form_options, respond_uncached, show
from allocation.entrypoints.board.previews import refused_page
from allocation.entrypoints.http.access.open_sessions import check_token
from allocation.entrypoints.http.app_state import application_of, worker_of
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.error_responses import KNOWN, status_of
from allocation.entrypoints.http.forms import form_of
from allocation.entrypoints.key_details import KeyDetails, details

BACK: Final = f"{ROOT}/access"

_CHANGES: Final = form_options(Scope.ADMIN)


@post(f"{ROOT}/access/create", **_CHANGES)
async def create_key(request: Request[Any, Any, State]) -> Response[bytes]:
    """Create a key; the page is the only one with its text."""
    form, change = await _checked_form(request), _KeyChange(request)
    was_open = gate_of(request).ring.latest.is_open
    try:
        new = first_key_of(form) if was_open else new_key_of(form)
        lifetime, keys = new.lifetime, change.keys
        expires_at = None if lifetime is None else keys.clock() + lifetime
        text, key = await change.make(
            partial(keys.create, new.name, new.valid_scopes, expires_at, change.sender)
        )
    except KNOWN as error:
        return await _form_again(request, form, error)
    shown = KeyDetails(**details(key, keys.clock()))
    return await show(request, _key_page(str(text), shown, None, is_first=was_open))


@post(f"{ROOT}/access/{{prefix:str}}/rotate", **_CHANGES)
async def rotate_key(request: Request[Any, Any, State], prefix: FromPath[str]) -> Response[bytes]:
    """Replace a key; the page is the only one with the text of the new one."""
    form, change = await _checked_form(request), _KeyChange(request)
    try:
        overlap = overlap_of(form).overlap
        text, new, old = await change.make(
            partial(change.keys.rotate, prefix, overlap, change.sender)
        )
    except KNOWN as error:
        return await _refused(request, error)
    now = change.keys.clock()
    new_key, old_key = KeyDetails(**details(new, now)), KeyDetails(**details(old, now))
    return await show(request, _key_page(str(text), new_key, old_key, is_first=False))


@post(f"{ROOT}/access/{{prefix:str}}/revoke", **_CHANGES)
async def revoke_key(request: Request[Any, Any, State], prefix: FromPath[str]) -> Response[Any]:
    """Revoke a key, and end its sessions."""
    await _checked_form(request)
    change = _KeyChange(request)
    try:
        await change.make(partial(change.keys.revoke, prefix, change.sender))
    except KNOWN as error:
        return await _refused(request, error)
    return redirect(BACK)


class _KeyChange:
    """Changes keys in the name of the caller; this server knows of it when it is made."""

    def __init__(self, request: Request[Any, Any, State]) -> None:
        application = application_of(request)
        self.keys = application.keys
        self.sender = caller_of(request.scope).sender
        self._worker = worker_of(request)
        self._ring = gate_of(request).ring

    async def make(self, change: Any) -> Any:
        """Make a change.

        Raises:
            Exception: the refusal or the failure that it met.
        """
        result = await self._worker.do(change)
        await self._ring.refreshed()
        return result


def _key_page(text: str, key: KeyDetails, replaced: KeyDetails | None, *, is_first: bool) -> Page:
    context = {
        "title": f"The key of {key.name}",
        "section": "Access",
        "text": text,
        "key": key,
        "replaced": replaced,
        "is_first": is_first,
    }
    return Page("key.html", context, 201)


async def _checked_form(request: Request[Any, Any, State]) -> dict[str, str]:
    form = await form_of(request)
    check_token(request.scope, form.get("csrf"))
    return form


async def _refused(request: Request[Any, Any, State], error: Exception) -> Response[bytes]:
    application = application_of(request)
    page = refused_page(application, None, error, BACK)
    return await show(request, page)


async def _form_again(
    request: Request[Any, Any, State], form: dict[str, str], error: Exception
) -> Response[bytes]:
    """The page of access with the values of a form that is refused, and why it is."""
    gate, status = gate_of(request), status_of(type(error))
    build = partial(access_page, gate=gate, form=form, problem=str(error), status=status)
    return await respond_uncached(request, build)
