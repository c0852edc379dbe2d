"""Callers: who makes a request."""

from typing import Final, NamedTuple

from allocation.access.scopes import Scope

ANONYMOUS: Final = "anonymous"
"""The sender of a request to a service that has no keys."""

SERVICE: Final = "service"
"""The sender of what the service itself does, such as the daily report of overdue shipments."""


def key_sender(name: str) -> str:
    """The sender of requests with a key of this name."""
    return f"key:{name}"


def user_sender(name: str) -> str:
    """The sender of the commands of this user of the operating system."""
    return f"user:{name}"


class Caller(NamedTuple):
    """Who makes a request.

    Attributes:
        sender: recorded with each message that the caller sends, such as `key:shop`.
        permitted: the scopes that the caller has, those included by others as well.
        prefix: identifies the key that the request was made with; None without keys.
        session: the digest of the browser session that it was made in; None outside of one.
    """

    sender: str
    permitted: frozenset[Scope]
    prefix: str | None = None
    session: str | None = None


OPEN: Final = Caller(ANONYMOUS, frozenset(Scope))
"""The caller of a service that has no keys, and is open to every program of this machine."""

NOBODY: Final = Caller("nobody", frozenset())
"""The caller of a request without a valid key, which only public resources answer."""
