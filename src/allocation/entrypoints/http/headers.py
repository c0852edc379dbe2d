"""A header of a request, looked for among the headers as they came.

Litestar's mapping of all of them takes longer than to look for the one or two that matter.
"""

from typing import Any

from litestar import Request


def header(request: Request[Any, Any, Any], name: bytes) -> str | None:
    """Its value, or the first one if it has several; None if it is not there.

    The name is in lower case, as ASGI has it.
    """
    for known, value in request.scope["headers"]:
        if known == name:
            return value.decode("latin-1")
    return None
