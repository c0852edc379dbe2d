"""What every page is made from: the application, who asks, and for what."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from litestar import Request

from allocation.access.callers import Caller
from allocation.access.scopes import Scope
from allocation.bootstrap import Application
from allocation.entrypoints.http.access.cookies import cookie_in
from allocation.entrypoints.http.access.open_sessions import session_of
from allocation.entrypoints.http.app_state import application_of
from allocation.entrypoints.http.callers import caller_of
from allocation.entrypoints.http.requests import headers_of
from allocation.errors import InvalidValue

CLOCK_COOKIE: Final = "allocation_clock"
"""The cookie of a browser whose user wants to read times in UTC."""


class Page(NamedTuple):
    """A page: its template, and what the template shows."""

    template: str
    context: Mapping[str, object]
    status: int = 200


@dataclass(frozen=True)
class PageRequest:
    """A request for a page.

    Attributes:
        application: what the pages show.
        caller: who asks.
        csrf: the token of the caller's forms; empty without a session.
        path: the path of the page, decoded.
        query: the parameters of the page.
        is_form: whether a form was sent, whose address shows nothing.
        is_utc: whether times are shown in UTC rather than in the application's timezone.
    """

    application: Application
    caller: Caller
    csrf: str
    path: str
    query: Mapping[str, str]
    is_form: bool
    is_utc: bool

    @classmethod
    def of(cls, request: Request[Any, Any, Any]) -> "PageRequest":
        """Read a request.

        Raises:
            InvalidValue: a parameter is present more than once, or is not UTF-8.
        """
        return replace(cls.without_query(request), query=_parameters(request))

    @classmethod
    def without_query(cls, request: Request[Any, Any, Any]) -> "PageRequest":
        """Read a request, but not its parameters."""
        opened = session_of(request.scope)
        return cls(
            application_of(request),
            caller_of(request.scope),
            "" if opened is None else opened.secret.csrf_token,
            request.scope["path"],
            {},
            request.method == "POST",
            cookie_in(headers_of(request.scope), CLOCK_COOKIE) == "utc",
        )

    @cached_property
    def today(self) -> date:
        """The date now, in the application's timezone."""
        return self.application.today()

    @cached_property
    def now(self) -> datetime:
        """The time now, in UTC."""
        return self.application.clock()

    @property
    def zone(self) -> tzinfo:
        """The timezone in which times are shown."""
        return UTC if self.is_utc else self.application.timezone

    @property
    def address(self) -> str:
        """The path of the page with its parameters, but without the note of what was done."""
        if self.is_form:
            return "/"
        query = {name: value for name, value in self.query.items() if name != "done"}
        return quote(self.path) + (f"?{urlencode(query)}" if query else "")

    def may(self, scope: Scope) -> bool:
        """Whether the caller has this scope."""
        return scope in self.caller.permitted

    def address_with(self, **changed: object) -> str:
        """The address of this page with other parameters; those that are None are left out."""
        query = {name: value for name, value in self.query.items() if name != "done"} | changed
        present = {name: value for name, value in query.items() if value is not None}
        return quote(self.path) + (f"?{urlencode(present)}" if present else "")


def _parameters(request: Request[Any, Any, Any]) -> dict[str, str]:
    text = request.scope.get("query_string", b"").decode("latin-1")
    parameters = dict[str, str]()
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise InvalidValue("query", text[:80], "is not a query in UTF-8") from None
    for name, value in pairs:
        if name in parameters:
            raise InvalidValue(name, value, "is present more than once")
        parameters[name] = value
    return parameters
