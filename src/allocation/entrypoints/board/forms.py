"""Where forms lead to when they have been sent."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from litestar import Response


def with_note(place: str, id: str) -> str:
    """The address of a page that tells what has just been done: the message with this id."""
    parts = urlsplit(place)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "done"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("done", id)])))


def redirect(place: str) -> Response[Any]:
    """Send the browser to a page, which it gets with GET."""
    return Response(b"", status_code=303, media_type="text/plain", headers={"Location": place})
