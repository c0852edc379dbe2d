"""HEAD, which every address takes that takes GET: the same answer, without its body."""

from litestar.types import HTTPScope, Message, Send


def with_head(allowed: str) -> str:
    """The methods of the header Allow, with HEAD where there is GET."""
    methods = {method.strip() for method in allowed.split(",")}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def as_get(scope: HTTPScope, send: Send) -> tuple[HTTPScope, Send]:
    """A HEAD request as the GET that it stands for, and what sends the answer without its body.

    The scope is another one: the server looks into its own for whether there is to be a body.
    """

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    as_asked: HTTPScope = {**scope, "method": "GET"}
    return as_asked, send_head


def allowing_head(send: Send) -> Send:
    """What sends the answer to OPTIONS, with HEAD among the methods where there is GET."""

    async def send_methods(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, with_head(value.decode()).encode() if name == b"allow" else value)
                for name, value in message["headers"]
            ]
        await send(message)

    return send_methods
