"""The caller of a request, as the access layer has found out."""

from typing import Any, Final

from allocation.access.callers import Caller

CALLER: Final = "allocation.caller"
"""The key in a request's scope with the `Caller`; the access layer sets it."""


def caller_of(scope: Any) -> Caller:
    """The caller of an ASGI request; without the access layer, there is none."""
    caller: Caller = scope[CALLER]
    return caller
