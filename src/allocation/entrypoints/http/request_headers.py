"""A header of a request, looked for among the headers as they came.

Litestar's mapping of all of them takes longer than to look for the one or two that matter.
"""

from typing import Any, Final

from litestar import Request

from allocation.entrypoints.http.errors import RepeatedHeader

BLANKS: Final = b" \t"
"""Around a value they do not belong to it (RFC 9110, 5.5); the parser leaves those behind it."""


def header(request: Request[Any, Any, Any], name: bytes) -> str | None:
    """Its value, or all of them with commas between if it has several; None if it is not there.

    The name is in lower case, as ASGI has it.
    """
    found: str | None = None
    for known, value in request.scope["headers"]:
        if known == name:
            told = _text(value)
            found = told if found is None else f"{found}, {told}"
    return found


def header_once(request: Request[Any, Any, Any], name: bytes) -> str | None:
    """The value of a header that may be there once; None if it is not there.

    Raises:
        RepeatedHeader: it is there more than once, and which value is meant nobody can know.
    """
    found: bytes | None = None
    for known, value in request.scope["headers"]:
        if known == name:
            if found is not None:
                title = name.decode().title()
                raise RepeatedHeader(f"{title} is there more than once", title)
            found = value
    return None if found is None else _text(found)


def _text(value: bytes) -> str:
    value = value.strip(BLANKS)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")  # as HTTP had it once
