"""Where forms lead to when they have been sent."""

from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from litestar import Response


def with_note(place: str, id: str) -> str:
    """The address of a page that tells what has just been done: the message with this id."""
    parts = urlsplit(place)
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=f"{query}done={quote(id, safe='')}"))


def redirect(place: str) -> Response[Any]:
    """Send the browser to a page, which it gets with GET."""
    return Response(b"", status_code=303, media_type="text/plain", headers={"Location": place})
