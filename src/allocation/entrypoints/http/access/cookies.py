"""The cookie of a browser session."""

from typing import Any, Final

from allocation.access.sessions import SessionSecret
from allocation.entrypoints.http.requests import RequestHeaders

NAME: Final = "allocation_session"
SECURE_NAME: Final = f"__Host-{NAME}"
"""Over TLS: a browser accepts a cookie of this name from this host only, and for all paths."""

_COOKIE: Final = b"cookie"


def is_secure(scope: Any) -> bool:
    """Whether the client uses TLS, as far as the server, or a trusted proxy, knows."""
    return bool(scope.get("scheme") == "https")


def cookie_in(headers: RequestHeaders, name: str) -> str | None:
    """The value of a cookie; None if it is missing, or there are several: none takes precedence."""
    if _COOKIE not in headers.values:
        return None
    text = headers.values[_COOKIE].decode("latin-1").replace(",", ";")
    pairs = (pair.strip().partition("=") for pair in text.split(";"))
    values = [value for key, _, value in pairs if key == name]
    return values[0] if len(values) == 1 else None


def session_name(scope: Any) -> str:
    """The name of the session's cookie on this connection."""
    return SECURE_NAME if is_secure(scope) else NAME


def session_secret(scope: Any, headers: RequestHeaders) -> SessionSecret | None:
    """The secret of the session that a request belongs to, if it has one."""
    value = cookie_in(headers, session_name(scope))
    return None if value is None else SessionSecret.parse(value)


def set_cookie(scope: Any, name: str, value: str, *, path: str = "/", max_age: int | None) -> str:
    """The header Set-Cookie; without `max_age`, the cookie lasts until the browser is closed."""
    parts = [f"{name}={value}", f"Path={path}", "HttpOnly", "SameSite=Strict"]
    if max_age is not None:
        parts.append(f"Max-Age={max_age}")
    if is_secure(scope):
        parts.append("Secure")
    return "; ".join(parts)
