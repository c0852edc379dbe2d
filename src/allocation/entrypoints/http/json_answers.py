"""JSON responses sent without the framework."""

from collections.abc import Iterable
from http import HTTPStatus

from litestar.types import Send


async def send_json(
    send: Send, status: int, content: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send a complete JSON response over ASGI."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(content)),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": content, "more_body": False})


def plain_response(status: int, content: bytes) -> bytes:
    """The bytes of a complete JSON response, after which the connection is closed."""
    return (
        b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
        b"%sconnection: close\r\n\r\n%s"
        % (
            status,
            HTTPStatus(status).phrase.encode(),
            len(content),
            b"retry-after: 1\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else b"",
            content,
        )
    )
