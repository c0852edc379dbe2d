"""The forms of pages: their fields, and the places that they lead to."""

from typing import Any, Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from litestar import Request

from allocation.entrypoints.http.request_bodies import received
from allocation.entrypoints.http.requests import headers_of
from allocation.errors import InvalidValue

LARGEST_FORM: Final = 8 * 1024
"""The maximum size of a form, in bytes."""

FORM_TYPES: Final = (b"application/x-www-form-urlencoded", b"multipart/form-data")
"""The media types of forms."""

HOME: Final = "/"
"""The page after the login, unless the form names another one."""


async def form_of(
    request: Request[Any, Any, Any], most_fields: int = 10, largest: int = LARGEST_FORM
) -> dict[str, str]:
    """The fields of a form, as browsers encode them by default: at most so many, and bytes.

    Raises:
        InvalidValue: the body is not such a form, or a field appears several times.
        BodyTooLarge: the form is too large.
    """
    body = await received(request, largest)
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=most_fields)
    except ValueError:
        raise InvalidValue("form", None, "is not a form") from None
    for name, values in fields.items():
        if len(values) > 1:
            raise InvalidValue("form", None, f"has the field {name!r:.40} several times")
    return {name: values[0] for name, values in fields.items()}


def local(place: str | None) -> str:
    """A place on this service, as a path with its query; `HOME` for any other place."""
    if not place or not place.startswith("/") or place.startswith(("//", "/\\")):
        return HOME
    if not place.isascii() or not place.isprintable() or "\\" in place:
        return HOME
    try:
        parts = urlsplit(place)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc else place


def is_navigation(scope: Any) -> bool:
    """Whether a browser asks for a page to show to its user."""
    media_types = headers_of(scope).values.get(b"accept", b"")
    return scope["method"] == "GET" and b"text/html" in media_types.lower()


def is_form(scope: Any) -> bool:
    """Whether a browser sends a form, and expects a page."""
    values = headers_of(scope).values
    media_types, kind = values.get(b"accept", b""), values.get(b"content-type", b"")
    is_encoded = kind.lower().startswith(FORM_TYPES)
    return scope["method"] == "POST" and is_encoded and b"text/html" in media_types.lower()


def login_address(scope: Any) -> str:
    """The address of the login, which leads back to the page of a request."""
    query = scope["query_string"].decode("latin-1")
    place = quote(scope["path"]) + (f"?{query}" if query else "")
    return f"/login?{urlencode({'next': local(place)})}"
