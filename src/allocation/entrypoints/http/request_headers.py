"""Reads single headers from the raw headers of a request.

Building Litestar's mapping of all headers takes longer than a search for the one or two needed.
"""

from typing import Any, Final

from litestar import Request

from allocation.entrypoints.http.errors import RepeatedHeader

BLANKS: Final = b" \t"
"""Whitespace around a value is not part of it (RFC 9110, 5.5); the parser keeps trailing blanks."""


def header(request: Request[Any, Any, Any], name: bytes) -> str | None:
    """The value of a header, several values joined with commas, or None without the header.

    The name is in lower case, as in ASGI.
    """
    joined: str | None = None
    for key, value in request.scope["headers"]:
        if key == name:
            text = _text(value)
            joined = text if joined is None else f"{joined}, {text}"
    return joined


def header_once(request: Request[Any, Any, Any], name: bytes) -> str | None:
    """The value of a header that must be unique, or None without the header.

    Raises:
        RepeatedHeader: the header appears more than once, so its value is ambiguous.
    """
    unique: bytes | None = None
    for key, value in request.scope["headers"]:
        if key == name:
            if unique is not None:
                title = name.decode().title()
                raise RepeatedHeader(f"{title} appears more than once", title)
            unique = value
    return None if unique is None else _text(unique)


def _text(value: bytes) -> str:
    value = value.strip(BLANKS)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")  # the encoding of earlier versions of HTTP
