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
    values = _values(request, name)
    return ", ".join(map(_text, values)) if values else None


def header_once(request: Request[Any, Any, Any], name: bytes) -> str | None:
    """The value of a header that may be there once; None if it is not there.

    Raises:
        RepeatedHeader: it is there more than once, and which value is meant nobody can know.
    """
    values = _values(request, name)
    if len(values) > 1:
        title = name.decode().title()
        raise RepeatedHeader(f"{title} is there {len(values)} times", title)
    return _text(values[0]) if values else None


def _values(request: Request[Any, Any, Any], name: bytes) -> list[bytes]:
    return [value for known, value in request.scope["headers"] if known == name]


def _text(value: bytes) -> str:
    value = value.strip(BLANKS)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")  # as HTTP had it once
