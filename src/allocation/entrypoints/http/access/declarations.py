"""What each handler declares about access to it: `opt={"access": ...}`.

A handler declares the scope that its callers need, several scopes of which one is enough, or that
it is public.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Final

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from allocation.access.callers import Caller
from allocation.access.scopes import Scope
from allocation.entrypoints.http.errors import ForbiddenScope, KeyRequired
from allocation.errors import RegistryError

ACCESS: Final = "access"
"""The key of the declaration among the options of a handler."""


class Openness(Enum):
    """Access that needs no scope."""

    PUBLIC = "public"


PUBLIC: Final = Openness.PUBLIC
"""The declaration of a handler that needs no key."""

Declaration = Scope | frozenset[Scope] | Openness


def handlers_of(app: Litestar) -> Iterable[tuple[str, HTTPRouteHandler]]:
    """All handlers with their paths, except those of the framework for OPTIONS.

    Raises:
        RegistryError: a route is not one of HTTP, and has no such declaration.
    """
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            raise RegistryError(f"the route {route.path} is not an HTTP route")
        for handler in route.route_handlers:
            if not _is_of_framework(handler):
                yield route.path, handler


def check_declared(app: Litestar) -> None:
    """Check that every handler declares what access to it needs.

    Raises:
        RegistryError: a handler does not.
    """
    for path, handler in handlers_of(app):
        if not isinstance(handler.opt.get(ACCESS), Scope | frozenset | Openness):
            methods = ", ".join(sorted(handler.http_methods))
            raise RegistryError(
                f"{methods} {path} ({handler.fn.__qualname__}) does not declare what access to it "
                'needs: opt={"access": Scope... or PUBLIC}'
            )


def public_requests(app: Litestar) -> frozenset[tuple[str, str]]:
    """The methods and paths that need no key."""
    public = set[tuple[str, str]]()
    for path, handler in handlers_of(app):
        if handler.opt[ACCESS] is PUBLIC:
            public |= {(method, path) for method in handler.http_methods}
            if "GET" in handler.http_methods:
                public.add(("HEAD", path))
    return frozenset(public)


def check_access(caller: Caller, handler: HTTPRouteHandler) -> None:
    """Check that a caller may use a handler.

    Raises:
        ForbiddenScope: the caller has none of the scopes that the handler declares.
        KeyRequired: the request has no key.
    """
    needed: Declaration | None = handler.opt.get(ACCESS)
    if needed in caller.permitted or needed is PUBLIC:
        return
    if needed is None and _is_of_framework(handler):  # OPTIONS, which every key permits
        needed = Scope.READ
    scopes = frozenset({needed}) if isinstance(needed, Scope) else needed or frozenset()
    if not scopes & caller.permitted:
        refuse(caller, scopes)


def refuse(caller: Caller, scopes: Iterable[Scope]) -> None:
    """Refuse a request whose caller has none of these scopes.

    Raises:
        ForbiddenScope: the caller has a key.
        KeyRequired: the request has no key.
    """
    if not caller.permitted:
        raise KeyRequired(WITHOUT_KEY)
    names = " or ".join(scope for scope in Scope if scope in scopes)
    raise ForbiddenScope(f"The key has not the scope that this needs: {names}")


WITHOUT_KEY: Final = "This needs a key: `Authorization: Bearer alk_...`"


def _is_of_framework(handler: HTTPRouteHandler) -> bool:
    """Whether the framework has made the handler, for OPTIONS of a path."""
    return handler.fn.__module__ == HTTPRoute.__module__
