"""Support for HEAD on every path that supports GET."""

from typing import Final

from litestar.types import HTTPScope, Message, Send

WITHOUT_BODY: Final = "allocation.without_body"
"""The key in a request's scope that marks a HEAD request: its response needs no body."""


def with_head(allowed: str) -> str:
    """Add HEAD to the methods of an Allow header that contains GET."""
    methods = {method.strip() for method in allowed.split(",")}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def as_get(scope: HTTPScope, send: Send) -> tuple[HTTPScope, Send]:
    """Turn a HEAD request into a GET request whose response is sent without its body.

    The scope is copied: the server reads its own to know whether the response has a body.
    """

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    get_scope: HTTPScope = {**scope, "method": "GET", WITHOUT_BODY: True}  # type: ignore[typeddict-unknown-key]
    return get_scope, send_head


def allowing_head(send: Send) -> Send:
    """Wrap `send` so that the response to OPTIONS lists HEAD where it lists GET."""

    async def send_methods(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, with_head(value.decode()).encode() if name == b"allow" else value)
                for name, value in message["headers"]
            ]
        await send(message)

    return send_methods
