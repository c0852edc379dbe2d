"""The headers of every response that restrict what a browser does with it."""

from typing import Final

from litestar.types import Message, Send

CONTENT_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # the documentation page has its icons in its style sheet
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Pages load only what this service serves, run no inline script, and stand in no frame."""

PERMISSIONS: Final = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=()"
"""No page asks for the devices of its reader."""

SECURITY_HEADERS: Final = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", PERMISSIONS.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
"""Constant headers, in the form of ASGI."""

CACHE_CONTROL: Final = b"cache-control"

NOT_STORED: Final = (CACHE_CONTROL, b"no-store")
"""No cache keeps a response that does not say otherwise: most show data of the business."""


def secured(send: Send) -> Send:
    """Wrap `send` so that the response has the security headers."""

    async def send_secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], *SECURITY_HEADERS]
            if not any(name.lower() == CACHE_CONTROL for name, _ in headers):
                headers.append(NOT_STORED)
            message["headers"] = headers
        await send(message)

    return send_secured
