"""`GET /board/preview/...` and `POST /board/send/...`: first look, then act, for every message."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from allocation.bootstrap import Answer, MessageType, Registry, unchanged_since
from allocation.domain.events import Event
from allocation.entrypoints.board.addresses import preview_page, send_page
from allocation.entrypoints.board.form_events import event_of
from allocation.entrypoints.board.forms import redirect, with_note
from allocation.entrypoints.board.page_request import PageRequest
from allocation.entrypoints.board.pages import form_options, page_options, show
from allocation.entrypoints.board.previews import Preview, preview_of, refused_page
from allocation.entrypoints.http.access.open_sessions import check_token
from allocation.entrypoints.http.app_state import application_of, worker_of
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.error_responses import KNOWN
from allocation.entrypoints.http.exchange import MESSAGE_ID
from allocation.entrypoints.http.forms import form_of, local
from allocation.entrypoints.http.requests import clean_key
from allocation.entrypoints.http.writes import scope_of
from allocation.errors import InvalidValue, StaleVersion

ATTEMPTS: Final = 5
"""How often a message is sent again while its products change, but not its consequences."""

MOST_FIELDS: Final = 20
LARGEST_PREVIEW: Final = 1024 * 1024
"""The maximum size of a form in bytes, which has the versions of all products of an order."""

CHANGED: Final = "The stock has changed since you looked: this is what would happen now."

_OWN: Final = ("csrf", "key", "back", "versions", "digest")
"""The fields of the form that are not those of the message."""


def routes(registry: Registry) -> list[HTTPRouteHandler]:
    """The routes of all messages that may come from outside."""
    entries = registry.incoming.values()
    return [route for entry in entries for route in (_preview_route(entry), _send_route(entry))]


def _preview_route(entry: MessageType[Any]) -> HTTPRouteHandler:
    async def preview(request: Request[Any, Any, State]) -> Response[bytes]:
        asked = PageRequest.of(request)
        fields = {name: value for name, value in asked.query.items() if name not in _OWN}
        back, event = local(asked.query.get("back")), None
        try:
            event = event_of(entry, fields)
            shown = await preview_of(asked.application, worker_of(request), entry, event)
        except KNOWN as error:
            page = refused_page(asked.application, event, error, back)
        else:
            page = shown.page(asked.application, back)
        return await show(request, page)

    verb = entry.as_incoming.verb
    preview.__name__ = f"preview_{verb}"
    return get(preview_page(verb), **page_options(scope_of(entry)))(preview)


def _send_route(entry: MessageType[Any]) -> HTTPRouteHandler:
    async def send(request: Request[Any, Any, State]) -> Response[Any]:
        form = await form_of(request, MOST_FIELDS, LARGEST_PREVIEW)
        check_token(request.scope, form.get("csrf"))
        asked, back, event = PageRequest.of(request), local(form.get("back")), None
        try:
            event = event_of(entry, {name: form[name] for name in form if name not in _OWN})
            sending = _Sending(request, entry, event, form)
            answer = await sending.answer()
        except KNOWN as error:
            return await show(request, refused_page(asked.application, event, error, back))
        if isinstance(answer, Preview):
            return await show(request, answer.page(asked.application, back, sending.key, CHANGED))
        request.scope[MESSAGE_ID] = answer.id  # type: ignore[typeddict-unknown-key]
        return redirect(with_note(back, answer.id))

    verb = entry.as_incoming.verb
    send.__name__ = f"send_{verb}"
    return post(send_page(verb), **form_options(scope_of(entry)))(send)


class _Sending:
    """Sends a message if it still comes to what its sender has seen."""

    def __init__(
        self,
        request: Request[Any, Any, State],
        entry: MessageType[Any],
        event: Event,
        form: Mapping[str, str],
    ) -> None:
        """Read the form of a preview.

        Raises:
            InvalidValue: one of its fields is not what the preview has written into it.
        """
        self._application = application_of(request)
        self._worker = worker_of(request)
        self._sender = caller_of(request.scope).sender
        self._entry, self._event = entry, event
        self.key: Final = clean_key("key", form.get("key"))
        self._versions = _versions(form.get("versions", ""))
        self._digest = form.get("digest", "")

    async def answer(self) -> Answer | Preview:
        """The answer to the message; a new preview if it would come to something else.

        Raises:
            Exception: the refusal or the failure that it met.
        """
        versions, attempt = self._versions, 1
        while True:
            answer = await self._submit(versions)
            if not isinstance(answer.error, StaleVersion):
                if answer.error is not None:
                    raise answer.error
                return answer
            shown = await preview_of(self._application, self._worker, self._entry, self._event)
            if shown.digest != self._digest or attempt == ATTEMPTS:
                return shown
            versions, attempt = shown.versions, attempt + 1

    async def _submit(self, versions: Mapping[str, int]) -> Answer:
        """Send the message, always with the same key: it takes effect once, at most."""
        return await self._worker.submit(
            self._event, self.key, sender=self._sender, precondition=unchanged_since(versions)
        )


def _versions(text: str) -> dict[str, int]:
    """The versions that a preview was made of.

    Raises:
        InvalidValue: the text has none.
    """
    try:
        return msgspec.json.decode(text.encode(), type=dict[str, int])
    except msgspec.DecodeError:
        raise InvalidValue("versions", text, "does not come from a preview") from None
