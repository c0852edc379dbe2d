"""A header of a request, looked for among the headers as they came.

Litestar's mapping of all of them takes longer than to look for the one or two that matter.
"""

from typing import Any

from litestar import Request


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


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")  # as HTTP had it once
